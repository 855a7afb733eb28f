import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import { type EventsRequest, eventsResponse, type HeartbeatRequest, heartbeatResponse, type SyncRequest } from "@sallyport/snapshot/protocol";
import type { Logger } from "pino";
import type { z } from "zod";
import type { ControlPlaneAnswer, ControlPlaneClient } from "./control-plane/client.js";
import type { SendResult } from "./events/reporter.js";
import type { EncryptionKey } from "./identity/encryption-key.js";
import { enrol } from "./identity/enrol.js";
import { type NodeIdentity, readIdentity, writeIdentity } from "./identity/identity-file.js";
import type { NodeKey } from "./identity/node-key.js";
import { createNodeTokens } from "./identity/node-token.js";
import { keysWithThumbprints } from "./identity/trusted-keys.js";
import { pause } from "./pause.js";
import type { Problems } from "./problems.js";
import { createBackOff } from "./sync/back-off.js";
import { type SyncAnswer, syncAnswer } from "./sync/sync-answer.js";
import type { EnvelopeExpectations } from "./sync/verify-envelope.js";

/** The node as a member of its fleet: who it is, and every call that it makes as such. */
export interface Membership {
  readonly identity: NodeIdentity | null;
  /** Waits until the node is enrolled. False when it was stopped first, or never will be: without a control plane, for one. */
  join(signal: AbortSignal): Promise<boolean>;
  /** What an envelope must be, to be for this node. @throws before the node is enrolled, or something is pinned in its place */
  expectations(): EnvelopeExpectations;
  /** What counts until the node is enrolled: as its settings pin it. */
  pinUntilEnrolled(expected: EnvelopeExpectations): void;
  /** Pins what a verified envelope names; keys that it does not name are believed no longer. */
  pin(thumbprints: readonly string[], offered: readonly Ed25519PublicJwk[]): Promise<void>;
  poll(request: SyncRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<SyncAnswer>>;
  beat(request: HeartbeatRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<z.output<typeof heartbeatResponse>>>;
  sendEvents(batch: EventsRequest): Promise<SendResult>;
}

export interface MembershipDeps {
  /** Null: the node has no control plane. */
  readonly client: ControlPlaneClient | null;
  readonly key: NodeKey;
  readonly encryptionKey: EncryptionKey;
  readonly dataDir: string;
  readonly joinToken: string | null;
  readonly nodeName: string | null;
  readonly clock: { now(): number };
  readonly problems: Problems;
  readonly logger: Logger;
  /** The node can't join, and waiting does not help: one sentence. */
  readonly onHopeless: (sentence: string) => void;
}

const CALL_MS = 10_000;
/** What a poll may take beyond the time that it asked to be held, ms: a large answer on a slow line. */
const POLL_SLACK_MS = 30_000;

export async function openMembership(deps: MembershipDeps): Promise<Membership> {
  const { client, key, dataDir, clock } = deps;
  const tokenOf = createNodeTokens(key, clock);
  let identity = await readIdentity(dataDir, key.publicJwk.kid);
  let pinned: EnvelopeExpectations | null = null;

  const call = async <S extends z.ZodType>(
    path: string,
    request: { body: unknown; answer: S; timeoutMs: number; signal?: AbortSignal },
  ): Promise<ControlPlaneAnswer<z.output<S>>> => {
    if (client === null) return { ok: false, status: null, message: "the node has no control plane" };
    if (identity === null) return { ok: false, status: null, message: "the node is not enrolled yet" };
    return client.post(path, { ...request, token: await tokenOf(identity.nodeId) });
  };

  return {
    get identity() {
      return identity;
    },
    async join(signal) {
      if (client === null) return false;
      const backOff = createBackOff();
      while (identity === null && !signal.aborted) {
        if (deps.joinToken === null) {
          deps.onHopeless("the node is not enrolled and has no join token: set SALLYPORT_JOIN_TOKEN or SALLYPORT_JOIN_TOKEN_FILE");
          return false;
        }
        const result = await enrol(client, key, {
          joinToken: deps.joinToken,
          name: deps.nodeName,
          nowMs: clock.now(),
          encryptionKey: deps.encryptionKey,
        });
        if (result.ok) {
          await writeIdentity(dataDir, result.identity);
          identity = result.identity;
          deps.problems.clear("enrolment");
          deps.logger.info({ nodeId: identity.nodeId, name: identity.name, group: identity.group }, "the node is enrolled");
          return true;
        }
        deps.problems.report("enrolment", `the node could not enrol: ${result.message}`);
        if (result.final) {
          deps.onHopeless(`the node could not enrol: ${result.message}`);
          return false;
        }
        deps.logger.warn({ reason: result.message }, "the node could not enrol; it keeps trying");
        await pause(backOff.next(), signal);
      }
      return identity !== null;
    },
    expectations() {
      if (identity !== null) return { trustedKeys: identity.trustedKeys, fleet: identity.fleet, group: identity.group };
      if (pinned === null) throw new Error("the node is not enrolled");
      return pinned;
    },
    pinUntilEnrolled(expected) {
      pinned = expected;
    },
    async pin(thumbprints, offered) {
      if (identity === null) return;
      const keys = await keysWithThumbprints([...identity.trustedKeys, ...offered], thumbprints);
      const trustedKeys = [...new Map(keys.map((pinned) => [pinned.kid, pinned])).values()].slice(0, 4);
      const same =
        trustedKeys.length === identity.trustedKeys.length && trustedKeys.every(({ kid }, index) => identity?.trustedKeys[index]?.kid === kid);
      if (trustedKeys.length === 0 || same) return;
      identity = { ...identity, trustedKeys };
      await writeIdentity(dataDir, identity);
      deps.logger.info({ trustedKeys: trustedKeys.map(({ kid }) => kid) }, "the control plane's signing keys changed");
    },
    poll: (body, signal) => call("/api/node/v1/sync", { body, answer: syncAnswer, timeoutMs: body.waitMs + POLL_SLACK_MS, signal }),
    beat: (body, signal) => call("/api/node/v1/heartbeat", { body, answer: heartbeatResponse, timeoutMs: CALL_MS, signal }),
    async sendEvents(body) {
      if (client === null) {
        // Nobody will ever take them: the node's own log is where they can be seen.
        for (const event of body.events) deps.logger.warn({ event }, "security event");
        return "accepted";
      }
      const answer = await call("/api/node/v1/events", { body, answer: eventsResponse, timeoutMs: CALL_MS });
      if (answer.ok) return "accepted";
      // A batch that cannot be read will not become readable; everything else may pass.
      return answer.status === 400 || answer.status === 413 || answer.status === 422 ? "rejected" : "unreachable";
    },
  };
}
