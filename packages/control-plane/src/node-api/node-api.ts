import type { EnrolResponse, eventsResponse, HeartbeatResponse, limitsResponse, RenewKeyResponse, SyncResponse } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { Client, ControlPlaneDeps } from "../deps.js";
import type { Installation } from "../installation/installation.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import type { TargetReader } from "../publish/group-target.js";
import type { SectionStore } from "../publish/section-store.js";
import type { ContentKeys } from "../secrets/content-keys.js";
import { ingestEvents } from "../security/ingest-events.js";
import { createNodeAuthentication } from "./authenticate-node.js";
import { createDeliveries, type SerialisedAnswer } from "./deliveries.js";
import { createEnrol } from "./enrol.js";
import { createGroupTargets } from "./group-targets.js";
import { createHeartbeats } from "./heartbeat.js";
import { createIdlePolls } from "./idle-polls.js";
import { createKeyMisuseReports } from "./key-misuse.js";
import { createLimitReports } from "./limits.js";
import { createNodeDirectory, type NodeRecord } from "./node-directory.js";
import { createReports } from "./record-report.js";
import { createRenewKey } from "./renew-key.js";
import { createRevisionFeed, type RevisionFeed } from "./revision-feed.js";
import { noticeFor } from "./revoked-node.js";
import { createServedTenants } from "./served-tenants.js";
import { type SyncOptions, syncNode } from "./sync.js";

/** A node that has proved who it is. */
export type NodeActor = NodeRecord;

/** What gateway nodes call. Inputs come straight from the wire and are parsed here. */
export interface NodeApi {
  /** @throws ServiceError `unauthenticated` (the same for every bad token), `invalid`, `precondition`, `too_many_attempts`. */
  enrol(input: unknown, client: Client): Promise<EnrolResponse>;
  /** @param token the JWT of the `Authorization` header. @throws ServiceError `unauthenticated`. */
  authenticate(token: string, client?: () => Client): Promise<NodeActor>;
  /** Who calls, where the token has verified before and nothing need be asked; else null, and `authenticate` says. */
  recall(token: string): NodeActor | null;
  /**
   * Whether this poll was answered `unchanged` a moment ago, word for word, did not wait, and would be answered so again. Then it is; nothing of it
   * needs to be read.
   */
  isIdle(node: NodeActor, body: Uint8Array): boolean;
  /** Long poll, at most 25 s; ends early when the signal aborts. Answers with content are shared: see `serialise`. */
  sync(node: NodeActor, input: unknown, options: SyncOptions): Promise<SyncResponse>;
  /** The answer to a poll that failed because its node was revoked, by which the node stops; null for any other error. */
  noticeFor(error: unknown): Promise<SyncResponse | null>;
  /** The bytes of an answer, made once for all polls that get the same one. */
  serialise(response: SyncResponse): SerialisedAnswer;
  heartbeat(node: NodeActor, input: unknown): Promise<HeartbeatResponse>;
  /**
   * Another pair of keys for the node.
   * @throws ServiceError `unauthenticated` for a renewal that is forged or was sent before, which is also reported; `invalid`, `too_many_attempts`.
   */
  renewKey(node: NodeActor, input: unknown, client: Client): Promise<RenewKeyResponse>;
  events(node: NodeActor, input: unknown): Promise<z.output<typeof eventsResponse>>;
  limits(node: NodeActor, input: unknown): Promise<z.output<typeof limitsResponse>>;
}

export interface NodeApiParts {
  readonly installation: Installation;
  readonly keys: SigningKeys;
  readonly sections: SectionStore;
  readonly contentKeys: ContentKeys;
  readonly targets: TargetReader;
}

/** What the other services of this replica need of it. */
export interface NodeApiOfReplica {
  /** A node may call no more, or again. */
  nodesChanged(): void;
  /** Whether changes are heard here. */
  readonly feed: Pick<RevisionFeed, "state" | "prove">;
  close(): Promise<void>;
}

export function createNodeApi(deps: ControlPlaneDeps, parts: NodeApiParts): NodeApi & NodeApiOfReplica {
  const directory = createNodeDirectory(deps);
  const feed = createRevisionFeed(deps, directory);
  const targets = createGroupTargets(deps, feed, parts.targets);
  const servedTenants = createServedTenants(targets, feed);
  const deliveries = createDeliveries(deps, feed, parts);
  const idle = createIdlePolls(feed);
  const report = createKeyMisuseReports(deps);
  const sync = { directory, feed, targets, deliveries, contentKeys: parts.contentKeys, recordReport: createReports(deps), idle };
  return {
    enrol: createEnrol(deps, parts),
    ...createNodeAuthentication(directory, deps.clock, report),
    isIdle: idle.isAnswered,
    sync: (node, input, options) => syncNode(deps, sync, node, input, options),
    noticeFor: (error) => noticeFor({ ...parts, clock: deps.clock }, error),
    serialise: deliveries.serialise,
    heartbeat: createHeartbeats(deps, servedTenants),
    renewKey: createRenewKey(deps, { report, nodesChanged: () => directory.forget() }),
    events: (node, input) => ingestEvents(deps, node, input),
    limits: createLimitReports(deps, servedTenants),
    /** This replica at once; the others hear of it by notification. */
    nodesChanged: () => directory.forget(),
    feed,
    close: feed.close,
  };
}
