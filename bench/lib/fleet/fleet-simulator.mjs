import path from "node:path";
import { fileURLToPath } from "node:url";
import { LOAD_CPU, messageOf, startPinned, stop } from "../pinned-process.mjs";

const PROGRAM = fileURLToPath(new URL("fleet-process.mjs", import.meta.url));
const ANSWER_MS = 300_000;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @typedef {{ polls: number, updates: number, full: number, bytes: number, failed: number, connected: number, cpuSeconds: number }} FleetState
 * Answers to polls so far, those with content, those with everything, their bytes as they came, failed calls; nodes whose polls are answered.
 */

/**
 * Nodes in a process of their own, enrolled at a control plane.
 * @param {import("../console.mjs").RunningConsole} plane
 * @param {number} nodes
 */
export async function startSimulatedFleet(plane, nodes) {
  const child = startPinned({ cpu: LOAD_CPU, args: [PROGRAM] });
  await messageOf(child);
  /** @param {unknown} message @returns {Promise<any>} */
  const ask = async (message) => {
    child.send(/** @type {import("node:child_process").Serializable} */ (message));
    const { ok, value, reason } = await messageOf(child, ANSWER_MS);
    if (!ok) throw new Error(`the simulated fleet: ${reason}`);
    return value;
  };
  await ask({ kind: "join", url: plane.url, joinToken: await plane.joinToken(), folder: path.join(plane.folder, "nodes"), nodes });
  return {
    nodes,
    /** Long polls, as nodes do; or, with `everyMs`, polls that never wait. @param {number | null} everyMs @param {number} spreadMs */
    poll: (everyMs, spreadMs) => ask({ kind: "poll", everyMs, spreadMs }),
    beat: () => ask({ kind: "beat" }),
    /** The bytes of a poll that does not wait, of each node. @returns {Promise<string[]>} */
    idlePolls: () => ask({ kind: "idle" }),
    stopPolls: () => ask({ kind: "stop" }),
    /** @returns {Promise<FleetState>} */
    state: () => ask({ kind: "state" }),
    /**
     * Waits until every node has applied a revision.
     * @param {number} revision
     * @param {number} timeoutMs
     * @returns {Promise<bigint[]>} when each did, ns of the machine's monotonic clock
     * @throws when some have not in time
     */
    async appliedBy(revision, timeoutMs) {
      for (const end = performance.now() + timeoutMs; ; ) {
        /** @type {string[]} */
        const times = await ask({ kind: "take", revision });
        if (times.length >= nodes) return times.map(BigInt);
        if (performance.now() > end) throw new Error(`${times.length} of ${nodes} nodes applied revision ${revision} in ${timeoutMs / 1_000} s`);
        await pause(250);
      }
    },
    close: () => stop(child),
  };
}
