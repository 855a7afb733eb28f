import { Agent, request } from "node:http";
import { markerOf, TENANT } from "./content.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One request with a good token.
 * @param {{ port: number, agent: Agent, token: string }} to
 * @returns {Promise<{ status: number, body: string }>}
 */
function ask({ port, agent, token }) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const outgoing = request({ agent, port, host: "127.0.0.1", path: `/tenants/${TENANT}/x`, headers }, (incoming) => {
      let body = "";
      incoming.on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("close", () => (incoming.complete ? resolve({ status: incoming.statusCode ?? 0, body }) : reject(new Error("half an answer"))));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/**
 * Asks nodes all the time, and holds each answer to this: it passes, and one revision alone has decided it. A node that is gone is not asked.
 * @param {readonly import("./node.mjs").GatewayNode[]} nodes
 * @param {{ token: string, connections?: number, pauseMs?: number, fault: (what: string) => void }} options
 */
export function watchNodes(nodes, { token, connections = 1, pauseMs = 5, fault }) {
  const agent = new Agent({ keepAlive: true });
  const counts = { answered: 0, failed: 0, mixed: 0 };
  /** By node, what its last answer was decided by. @type {Map<string, number>} */
  const last = new Map();
  let stopped = false;

  /** @param {import("./node.mjs").GatewayNode} node */
  async function once(node) {
    const { life, port } = node;
    try {
      const { status, body } = await ask({ port, agent, token });
      counts.answered += 1;
      const marker = status === 200 ? markerOf(body) : null;
      if (status !== 200) {
        counts.failed += 1;
        fault(`${node.name} answered ${status}: ${body.slice(0, 300)}`);
      } else if (marker === null) {
        counts.mixed += 1;
        fault(`${node.name} decided a request by two revisions: ${body}`);
      } else last.set(node.name, marker);
    } catch (error) {
      // A process that was killed takes its requests along; one that lives answers.
      for (let tries = 0; tries < 100 && !life.isGone(); tries += 1) await pause(10);
      if (life.isGone()) return;
      counts.failed += 1;
      fault(`${node.name} broke a request: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const worker = async (/** @type {import("./node.mjs").GatewayNode} */ node) => {
    while (!stopped) {
      if (node.isGone() || node.port === 0) await pause(20);
      else await once(node);
      if (pauseMs > 0) await pause(pauseMs);
    }
  };
  const workers = nodes.flatMap((node) => Array.from({ length: connections }, () => worker(node)));
  return {
    counts,
    last: (/** @type {string} */ name) => last.get(name) ?? null,
    async stop() {
      stopped = true;
      await Promise.all(workers);
      agent.destroy();
      return counts;
    },
  };
}
