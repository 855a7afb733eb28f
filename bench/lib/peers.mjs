import { fileURLToPath } from "node:url";
import { MEASURED_CPU, messageOf, startPinned, stop } from "./pinned-process.mjs";

/**
 * A peer in a process of its own, on the CPU that the gateway has in its turn.
 * @param {"fastify-proxy" | "fastify-jose"} name
 * @param {Record<string, string>} env
 */
export async function startPeer(name, env) {
  const child = startPinned({ cpu: MEASURED_CPU, args: [fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url))], env });
  const { port } = await messageOf(child);
  return { port, pid: child.pid, close: () => stop(child) };
}
