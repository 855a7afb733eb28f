import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MEASURED_CPU, messageOf, startPinned, stop } from "./pinned-process.mjs";

/** Peers of packages that nothing else here needs: they are installed by whoever wants to compare with them. */
const STACKS = new Set(["fastify-jwt", "express"]);
const fileOf = (/** @type {string} */ name) => fileURLToPath(new URL(`../${STACKS.has(name) ? "stacks" : "peers"}/${name}.mjs`, import.meta.url));

/** Why the stacks cannot be measured against, or null. */
export const missingStacks = () =>
  existsSync(new URL("../stacks/node_modules", import.meta.url))
    ? null
    : "the stacks to compare with are not installed: npm ci --prefix bench/stacks";

/**
 * A peer in a process of its own, on the CPU that the gateway has in its turn.
 * @param {"fastify-proxy" | "fastify-jose" | "fastify-jwt" | "express"} name
 * @param {Record<string, string>} env
 */
export async function startPeer(name, env) {
  const child = startPinned({ cpu: MEASURED_CPU, args: [fileOf(name)], env });
  const { port } = await messageOf(child);
  return { port, pid: child.pid, close: () => stop(child) };
}
