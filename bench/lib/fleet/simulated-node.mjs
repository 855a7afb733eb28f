import { mkdirSync } from "node:fs";
import {
  checkOrder,
  createLogger,
  createProblems,
  GATEWAY_VERSION,
  openMembership,
  openNodeKeys,
  signNodeToken,
  startHeartbeat,
  startSyncLoop,
} from "@sallyport/gateway/fleet-member";

/** @typedef {import("@sallyport/gateway/fleet-member").VerifiedRevision} VerifiedRevision */

const logger = createLogger("silent");
const clock = { now: Date.now };
/** A real node writes what it runs to its disk before it tells; 10,000 tenants take it about so long, ms. */
const WRITE_MS = { least: 50, most: 250 };

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A node as the control plane sees it: the gateway's own enrolment, signed calls, polls, heartbeats and proof of what came. What serves
 * requests is left out, and so are the bodies of sections: nodes share one copy of what is proven.
 * @param {{ dataDir: string, name: string, joinToken: string, shared: import("./shared-answers.mjs").SharedAnswers, applied: (revision: number) => void }} options
 */
export async function openSimulatedNode({ dataDir, name, joinToken, shared, applied }) {
  mkdirSync(dataDir, { recursive: true });
  const client = shared.client();
  const problems = createProblems();
  const keys = await openNodeKeys({ keyDir: dataDir, dataDir }, logger);
  const hopeless = (/** @type {string} */ sentence) => {
    throw new Error(`${name}: ${sentence}`);
  };
  const membership = await openMembership({
    ...{ client, keys, dataDir, joinToken, clock, problems, logger },
    nodeName: name,
    onHopeless: hopeless,
  });
  const startedAt = new Date().toISOString();
  /** @type {{ running: VerifiedRevision | null, readonly current: null, readonly appliedAtMs: null, swap(): void, clear(): void }} */
  const store = { running: null, current: null, appliedAtMs: null, swap: () => undefined, clear: () => undefined };
  /** @type {ReturnType<typeof startSyncLoop> | null} */
  let loop = null;
  /** @type {ReturnType<typeof startHeartbeat> | null} */
  let heartbeat = null;

  const read = () => ({
    revision: store.running?.envelope.revision ?? null,
    epoch: store.running?.envelope.epoch ?? null,
    rootHash: store.running?.envelope.rootHash ?? null,
    version: GATEWAY_VERSION,
    startedAt,
    clock: new Date().toISOString(),
    ready: store.running !== null,
    draining: false,
    requestsPerSecond: 100,
    refusedPerSecond: 1,
    pipelineP50Us: 20,
    pipelineP95Us: 60,
    problems: [],
    jwks: [],
  });

  return {
    get connected() {
      return loop?.connected ?? false;
    },
    /** The bytes of a poll that does not wait, with a token of this moment. */
    async idlePoll() {
      const { identity } = membership;
      if (identity === null || store.running === null) throw new Error(`${name} runs nothing yet`);
      const { revision, epoch, rootHash, installationHash } = store.running.envelope;
      const body = JSON.stringify({
        ...{ revision, epoch, rootHash, installationHash },
        ...{ schemaVersions: [1], encryptionKey: keys.present.encryption.statement, contentKeys: [], manifestDelta: true, waitMs: 0 },
      });
      return [
        "POST /api/node/v1/sync HTTP/1.1",
        "Host: control-plane",
        "Accept: application/json",
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
        `Authorization: Bearer ${await signNodeToken(keys.present.signing, identity.nodeId, Date.now())}`,
        "",
        body,
      ].join("\r\n");
    },
    join: () => membership.join(new AbortController().signal),
    /** @param {number | null} pollEveryMs null: long polls, as nodes do; else polls that do not wait, so often */
    start(pollEveryMs) {
      loop = startSyncLoop({
        store,
        problems,
        logger,
        clock,
        async poll(request, signal) {
          if (pollEveryMs === null) return membership.poll(request, signal);
          const answer = await membership.poll({ ...request, waitMs: 0 }, signal);
          if (!answer.ok || answer.value.kind !== "unchanged" || answer.value.contentKeys !== undefined) return answer;
          return { ok: true, value: { ...answer.value, retryAfterMs: pollEveryMs } };
        },
        async apply(delivery) {
          const began = performance.now();
          const proven = await shared.prove(delivery, store.running, membership.expectations);
          if (!proven.ok) return proven;
          const order = checkOrder(proven.value.envelope, store.running?.envelope ?? null);
          if (!order.ok) return order;
          store.running = proven.value;
          applied(proven.value.envelope.revision);
          // What is compiled is of no interest to the loop.
          const compiled = /** @type {any} */ (null);
          return { ok: true, value: { revision: proven.value, compiled, applyMs: performance.now() - began } };
        },
        async applied({ revision }, delivery) {
          if (revision.envelope.trustedKeys !== undefined) await membership.pin(revision.envelope.trustedKeys, delivery.trustedKeys);
          await pause(WRITE_MS.least + Math.random() * (WRITE_MS.most - WRITE_MS.least));
        },
        async revoked() {
          process.stderr.write(`  ${name} is revoked\n`);
          return true;
        },
        refused(_delivery, report) {
          process.stderr.write(`  ${name} refused: ${JSON.stringify(report)}\n`);
        },
        keys: { statement: keys.present.encryption.statement, ids: () => [], take: async () => undefined },
      });
    },
    startBeating() {
      heartbeat = startHeartbeat({ read, send: membership.beat, answered: () => undefined });
    },
    /** Ends the polls, keeps what runs. */
    async stop() {
      await loop?.stop();
      loop = null;
    },
    async close() {
      await Promise.all([loop?.stop(), heartbeat?.stop()]);
      await client.close();
    },
  };
}
