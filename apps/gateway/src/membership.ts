import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import {
  type EventsRequest,
  eventsResponse,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatResponse,
  type LimitsRequest,
  limitsResponse,
  type RenewKeyResponse,
  renewKeyResponse,
  type SyncRequest,
} from "@sallyport/snapshot/protocol";
import type { Logger } from "pino";
import type { z } from "zod";
import type { ControlPlaneAnswer, ControlPlaneClient } from "./control-plane/client.js";
import type { SendResult } from "./events/reporter.js";
import { enrol } from "./identity/enrol.js";
import { type NodeIdentity, readIdentity, writeIdentity } from "./identity/identity-file.js";
import type { KeyPair, NodeKeys } from "./identity/node-keys.js";
import { createNodeTokens, signNodeToken } from "./identity/node-token.js";
import { signRenewal } from "./identity/renewal.js";
import { refuseIfRevoked } from "./identity/revoked-end.js";
import { keysWithThumbprints } from "./identity/trusted-keys.js";
import { pause } from "./pause.js";
import type { Problems } from "./problems.js";
import { createBackOff } from "./sync/back-off.js";
import { type SyncAnswer, syncAnswer } from "./sync/sync-answer.js";
import type { EnvelopeExpectations } from "./sync/verify-envelope.js";

const isRefused = (answer: ControlPlaneAnswer<unknown>): boolean => !answer.ok && answer.status === UNAUTHENTICATED;

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
  beat(request: HeartbeatRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<HeartbeatResponse>>;
  sendEvents(batch: EventsRequest): Promise<SendResult>;
  /**
   * Asks that the next pair of keys take the place of the present one, proving both. Without an answer, or with a refusal, it may have come out all
   * the same.
   */
  renew(next: KeyPair, signal: AbortSignal): Promise<ControlPlaneAnswer<RenewKeyResponse>>;
  /** Whether the control plane may know the node by its next pair. The node's next calls find out. */
  readonly inDoubt: boolean;
  /** Is known by this pair from now on. A disk that refuses is a problem of its own; the pair counts all the same. */
  adopt(pair: KeyPair): Promise<void>;
  /** Who presses on the limits, and what was recorded; the answer says what is to be recorded. */
  sendLimits(report: LimitsRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<z.output<typeof limitsResponse>>>;
}

export interface MembershipDeps {
  /** Null: the node has no control plane. */
  readonly client: ControlPlaneClient | null;
  readonly keys: NodeKeys;
  readonly dataDir: string;
  readonly joinToken: string | null;
  readonly nodeName: string | null;
  readonly clock: { now(): number };
  readonly problems: Problems;
  readonly logger: Logger;
  /** The node uses another pair of its keys. */
  readonly onAdopted?: () => Promise<void>;
  /** The node can't join, and waiting does not help: one sentence. */
  readonly onHopeless: (sentence: string) => void;
}

const CALL_MS = 10_000;
/** What a poll may take beyond the time that it asked to be held, ms: a large answer on a slow line. */
const POLL_SLACK_MS = 30_000;
const RENEWAL_MS = 30_000;
/** Between two looks whether the control plane knows the node by the pair before, ms. */
const PREVIOUS_MS = 60_000;
const NOT_FOUND = 404;
/** What a control plane answers to a call by a key that it knows, when it does not take what the call says. */
const UNPROCESSABLE = 422;
const UNAUTHENTICATED = 401;

export async function openMembership(deps: MembershipDeps): Promise<Membership> {
  const { client, keys, dataDir, clock } = deps;
  const tokenOf = createNodeTokens(() => keys.present.signing, clock);
  await refuseIfRevoked(dataDir);
  let identity = await readIdentity(dataDir, keys.present.signing.publicJwk.kid);
  let pinned: EnvelopeExpectations | null = null;
  /** The next pair, while the control plane may know the node by it: the answer to its renewal was lost, by a crash for one. */
  let doubtful = keys.next;
  let previousTriedAt = Number.NEGATIVE_INFINITY;
  let adopting: Promise<void> = Promise.resolve();

  const adopt = (pair: KeyPair): Promise<void> => {
    adopting = adopting.then(async () => {
      if (pair !== keys.next && pair !== keys.previous) return;
      doubtful = null;
      try {
        await keys.adopt(pair, async (kid) => {
          if (identity === null) return;
          identity = { ...identity, kid };
          await writeIdentity(dataDir, identity);
        });
        deps.problems.clear("node-keys");
      } catch (error) {
        deps.problems.report("node-keys", "the node's renewed keys cannot be put in their place on disk: a restart would have to try both");
        deps.logger.error({ err: error }, "the node's renewed keys cannot be put in their place on disk");
      }
      await deps.onAdopted?.();
    });
    return adopting;
  };

  interface Call<S extends z.ZodType> {
    readonly body: unknown;
    /** What is sent instead by another pair than the present one: something that is answered at once. */
    readonly quickBody?: unknown;
    readonly answer: S;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  }

  /** One call by another pair than the present one, which the node uses from then on if the control plane knows it. */
  const callBy = async <S extends z.ZodType>(
    by: { client: ControlPlaneClient; pair: KeyPair; nodeId: string },
    path: string,
    request: Call<S>,
  ): Promise<ControlPlaneAnswer<z.output<S>>> => {
    const { client, pair, nodeId } = by;
    const { quickBody, ...rest } = request;
    const token = await signNodeToken(pair.signing, nodeId, clock.now());
    const answer = await client.post(path, { ...rest, body: quickBody ?? rest.body, token });
    if (answer.ok || answer.status === UNPROCESSABLE) {
      deps.logger.warn({ kid: pair.signing.publicJwk.kid }, "the control plane knows the node by another of its keys; the node uses that one");
      await adopt(pair);
    }
    return answer;
  };

  const call = async <S extends z.ZodType>(path: string, request: Call<S>): Promise<ControlPlaneAnswer<z.output<S>>> => {
    if (client === null) return { ok: false, status: null, message: "the node has no control plane" };
    if (identity === null) return { ok: false, status: null, message: "the node is not enrolled yet" };
    const { nodeId } = identity;
    // The next pair first: to call by one that was given up long ago would be reported as the misuse of a key.
    const pair = doubtful;
    if (pair !== null) {
      const answer = await callBy({ client, pair, nodeId }, path, request);
      if (!isRefused(answer)) return answer;
      if (doubtful === pair) doubtful = null;
    }
    const answer = await client.post(path, { ...request, token: await tokenOf(nodeId) });
    if (!isRefused(answer) || keys.previous === null) return answer;
    // A control plane that was restored from a backup does not know of a renewal since.
    const now = clock.now();
    if (Math.abs(now - previousTriedAt) < PREVIOUS_MS) return answer;
    previousTriedAt = now;
    const before = await callBy({ client, pair: keys.previous, nodeId }, path, request);
    return isRefused(before) ? answer : before;
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
        const result = await enrol(client, keys.present, { joinToken: deps.joinToken, name: deps.nodeName, nowMs: clock.now() });
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
    poll({ encryptionKey, ...body }, signal) {
      const request = { answer: syncAnswer, timeoutMs: body.waitMs + POLL_SLACK_MS, signal };
      // What the node decrypts with is stated by its present key, and by no other.
      return call("/api/node/v1/sync", { ...request, body: { ...body, encryptionKey }, quickBody: { ...body, waitMs: 0 } });
    },
    beat: (body, signal) => call("/api/node/v1/heartbeat", { body, answer: heartbeatResponse, timeoutMs: CALL_MS, signal }),
    get inDoubt() {
      return doubtful !== null;
    },
    async renew(next, signal) {
      if (client === null || identity === null) return { ok: false, status: null, message: "the node is not enrolled yet" };
      const { nodeId } = identity;
      const renewal = await signRenewal(keys.present, next, { nodeId, nowMs: clock.now() });
      const token = await tokenOf(nodeId);
      const request = { body: { renewal }, answer: renewKeyResponse, timeoutMs: RENEWAL_MS, signal };
      const answer = await client.post("/api/node/v1/renew-key", { ...request, token });
      if (!answer.ok && answer.status !== NOT_FOUND) doubtful = next;
      return answer;
    },
    adopt,
    sendLimits: (body, signal) => call("/api/node/v1/limits", { body, answer: limitsResponse, timeoutMs: CALL_MS, signal }),
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
