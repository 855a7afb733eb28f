import { failpoint } from "@sallyport/failpoints";
import { type SyncRequest, type SyncResponse, syncRequest } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import { WRITTEN_SCHEMA_VERSIONS } from "../publish/group-envelopes.js";
import type { GroupTarget } from "../publish/group-target.js";
import type { ContentKeys } from "../secrets/content-keys.js";
import { parse } from "../validation.js";
import type { Deliveries } from "./deliveries.js";
import { recordEncryptionKey, statedKey } from "./encryption-keys.js";
import type { GroupTargets } from "./group-targets.js";
import type { IdlePolls } from "./idle-polls.js";
import type { NodeDirectory, NodeRecord } from "./node-directory.js";
import type { RecordReport } from "./record-report.js";
import type { RevisionFeed } from "./revision-feed.js";
import { revokedNode } from "./revoked-node.js";
import { storable } from "./storable.js";

export interface SyncParts {
  readonly directory: NodeDirectory;
  readonly feed: RevisionFeed;
  readonly targets: GroupTargets;
  readonly deliveries: Deliveries;
  readonly contentKeys: ContentKeys;
  readonly recordReport: RecordReport;
  readonly idle: IdlePolls;
}

export interface SyncOptions {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** What the input was read from, for `IdlePolls`. */
  readonly body?: Uint8Array;
}

const UNCHANGED: SyncResponse = Object.freeze({ kind: "unchanged", retryAfterMs: 0 });

const runs = (target: GroupTarget, request: SyncRequest): boolean =>
  request.revision === target.revision &&
  request.epoch === target.epoch &&
  request.rootHash === target.rootHash &&
  request.installationHash === target.installationHash;

const readable = (request: SyncRequest): number => {
  const version = Math.max(...request.schemaVersions.filter((each) => WRITTEN_SCHEMA_VERSIONS.includes(each)));
  if (Number.isFinite(version)) return version;
  const written = WRITTEN_SCHEMA_VERSIONS.join(", ");
  throw new ServiceError(
    "precondition",
    `The node reads schema versions ${request.schemaVersions.join(", ")}; written are ${written}. Upgrade the older side.`,
  );
};

/** A delta that did not come out right at the node (it said `hash_mismatch`, and named the base) is answered once with everything. */
function wantsEverything(node: NodeRecord, { delivery, rootHash }: SyncRequest): boolean {
  return (
    delivery?.outcome === "nack" &&
    rootHash !== null &&
    node.nackedRevision !== delivery.revision &&
    delivery.errors.every(({ code }) => code === "hash_mismatch")
  );
}

/**
 * The content key of what the node should run, when it does not keep that yet. A node that states no encryption key, or one that nothing
 * can be encrypted to, gets the revision all the same: what needs a secret then fails closed there.
 */
async function keysFor(parts: SyncParts, node: NodeRecord, target: GroupTarget, request: SyncRequest): Promise<SyncResponse | null> {
  const { contentKey } = target;
  if (contentKey === null || node.encryptionKey === null || (request.contentKeys ?? []).includes(contentKey)) return null;
  const wrapped = await parts.contentKeys.wrapFor(contentKey, statedKey(node.encryptionKey));
  return wrapped === null ? null : { kind: "unchanged", retryAfterMs: 0, contentKeys: [wrapped] };
}

async function offer(deliveries: Deliveries, target: GroupTarget, base: Parameters<Deliveries["answer"]>[1]): Promise<SyncResponse> {
  failpoint("sync.offered");
  const answer = await deliveries.answer(target, base);
  failpoint("sync.answer_made");
  return answer;
}

/**
 * One long poll (DESIGN §4): takes down what the node states, then answers with what it lacks, at once or as soon as there is something.
 * @throws ServiceError `invalid`; `unauthenticated` when the node is revoked, also while it waits; `precondition` without a common schema version.
 */
export async function syncNode(
  deps: ControlPlaneDeps,
  parts: SyncParts,
  node: NodeRecord,
  input: unknown,
  { signal, body }: SyncOptions,
): Promise<SyncResponse> {
  const request = storable(parse(syncRequest, input));
  const schemaVersion = readable(request);
  failpoint("sync.polled");
  const everything = wantsEverything(node, request);
  const isNewKey = await recordEncryptionKey(deps, node, request.encryptionKey);
  if ((await parts.recordReport(node, request)) || isNewKey) parts.directory.forget(node.kid);
  const until = performance.now() + request.waitMs;
  for (;;) {
    const generation = parts.feed.generation();
    const present = await parts.directory.find(node.kid);
    if (present === null) throw revokedNode(node.id);
    // Who is to get everything once more is still offered what it refused as a delta.
    const target = await parts.targets.of(everything ? { ...present, nackedRevision: null } : present, schemaVersion);
    const keys = target === null ? null : await keysFor(parts, present, target, request);
    if (keys !== null) return keys;
    if (target !== null && !runs(target, request)) {
      const isRefused = present.nackedRevision === target.revision;
      // Not sent again until it changes, or an operator lets the node try again.
      if (!isRefused) return offer(parts.deliveries, target, request);
      if (everything) return offer(parts.deliveries, target, { rootHash: null, installationHash: null });
    }
    const left = until - performance.now();
    if (left <= 0 || signal.aborted) {
      if (body !== undefined) parts.idle.answered(present, { request, body, generation });
      return UNCHANGED;
    }
    await parts.feed.wait(generation, left, signal);
  }
}
