// Plays the nodes of a fleet, in a process of its own, so that its CPU is its own.
import path from "node:path";
import { createSharedAnswers } from "./shared-answers.mjs";
import { openSimulatedNode } from "./simulated-node.mjs";

const AT_ONCE = 16;

/**
 * @typedef {{ kind: "join", url: string, joinToken: string, folder: string, nodes: number }} Join
 * @typedef {{ kind: "poll", everyMs: number | null, spreadMs: number }} Poll
 * @typedef {{ kind: "beat" } | { kind: "stop" } | { kind: "idle" } | { kind: "take", revision: number } | { kind: "state" }} Other
 */

/** @type {import("./shared-answers.mjs").SharedAnswers | null} */
let shared = null;
/** @type {Awaited<ReturnType<typeof openSimulatedNode>>[]} */
const nodes = [];
/** When each node applied a revision, ns of the machine's monotonic clock, which processes share. @type {Map<number, bigint[]>} */
const applied = new Map();

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Join} message */
async function join({ url, joinToken, folder, nodes: count }) {
  shared = createSharedAnswers(url);
  const answers = shared;
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      const node = await openSimulatedNode({
        dataDir: path.join(folder, String(index)),
        name: `sim-${index}`,
        joinToken,
        shared: answers,
        applied(revision) {
          const times = applied.get(revision) ?? [];
          times.push(process.hrtime.bigint());
          applied.set(revision, times);
        },
      });
      if (!(await node.join())) throw new Error(`node ${index} could not join`);
      nodes.push(node);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** In no step with each other, as nodes are that have run for a while. @param {number} spreadMs @param {(node: (typeof nodes)[number]) => void} begin */
async function spreadOut(spreadMs, begin) {
  await Promise.all(
    nodes.map(async (node) => {
      await pause(Math.random() * spreadMs);
      begin(node);
    }),
  );
}

/** @param {Join | Poll | Other} message @returns {Promise<unknown>} */
async function carryOut(message) {
  switch (message.kind) {
    case "join":
      return join(message);
    case "poll":
      return spreadOut(message.spreadMs, (node) => node.start(message.everyMs));
    case "beat":
      return spreadOut(5_000, (node) => node.startBeating());
    case "stop":
      return Promise.all(nodes.map((node) => node.stop()));
    case "idle":
      return Promise.all(nodes.map((node) => node.idlePoll()));
    case "take": {
      const times = applied.get(message.revision) ?? [];
      return times.map(String);
    }
    case "state": {
      const { user, system } = process.cpuUsage();
      return { ...shared?.counts, connected: nodes.filter(({ connected }) => connected).length, cpuSeconds: (user + system) / 1e6 };
    }
  }
}

process.on("message", (received) => {
  const message = /** @type {Join | Poll | Other} */ (received);
  carryOut(message).then(
    (value) => process.send?.({ ok: true, value }),
    (error) => process.send?.({ ok: false, reason: error instanceof Error ? error.stack : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
process.send?.({ ok: true });
