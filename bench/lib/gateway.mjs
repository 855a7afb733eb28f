import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startControlPlane } from "./control-plane.mjs";
import { MEASURED_CPU, startPinned, stop } from "./pinned-process.mjs";

const PROGRAM = fileURLToPath(new URL("../../apps/gateway/dist/sallyport-gateway.mjs", import.meta.url));
const START_MS = 30_000;

/** What is missing to run the product itself, or null. */
export const missingGateway = () => (existsSync(PROGRAM) ? null : "the gateway is not built: run `npm run build` first");

/**
 * The gateway as it is shipped, in a process of its own, enrolled and ready with these sections.
 * `BENCH_GATEWAY_ARGS` goes to Node, for example `--cpu-prof`.
 * @param {readonly import("@sallyport/snapshot").Section[]} sections
 * @param {Record<string, string>} env settings beyond those of every benchmark
 * @param {readonly string[]} args for Node
 */
export async function startGateway(sections, env = {}, args = []) {
  const plane = await startControlPlane();
  const folder = makeDataFolder();
  const node = await startNode(plane, folder.path, env, args);
  await plane.publish(sections);
  return {
    port: node.port,
    pid: node.pid,
    process: node.process,
    publish: plane.publish,
    prepare: plane.prepare,
    setAway: plane.setAway,
    async close() {
      await node.end();
      await plane.close();
      folder.remove();
    },
  };
}

/** An empty folder for what a node keeps. */
export function makeDataFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), "sallyport-bench-node-"));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * One life of a node over a folder: it enrols when the folder is empty, and otherwise serves what it finds there.
 * @param {{ url: string, joinToken: () => string }} plane
 * @param {string} dataDir
 * @param {Record<string, string>} env
 * @param {readonly string[]} args for Node
 */
export async function startNode(plane, dataDir, env = {}, args = []) {
  const began = performance.now();
  const extra = (process.env.BENCH_GATEWAY_ARGS ?? "").split(" ").filter((arg) => arg !== "");
  const child = startPinned({
    cpu: MEASURED_CPU,
    args: [...extra, ...args, PROGRAM],
    stdout: "pipe",
    env: {
      SALLYPORT_CONTROL_PLANE: plane.url,
      SALLYPORT_JOIN_TOKEN: plane.joinToken(),
      SALLYPORT_NODE_NAME: "bench",
      SALLYPORT_DATA_DIR: dataDir,
      SALLYPORT_HOST: "127.0.0.1",
      SALLYPORT_PORT: "0",
      SALLYPORT_ADMIN_HOST: "127.0.0.1",
      SALLYPORT_ADMIN_PORT: "0",
      SALLYPORT_DRAIN_TIMEOUT_MS: "100",
      ...env,
    },
  });
  const { port, ready } = await listening(child);
  return {
    port,
    pid: child.pid,
    process: child,
    /** From the start of the process until it listens, ms; and whether it was ready then. */
    startMs: performance.now() - began,
    ready,
    /** Orderly, as with SIGTERM. */
    async end() {
      if (child.connected) child.disconnect();
      await Promise.race([new Promise((resolve) => child.once("exit", resolve)), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
      await stop(child);
    },
  };
}

/**
 * The data port, from the line that the gateway logs once it listens.
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<{ port: number, ready: boolean }>}
 */
function listening(child) {
  return new Promise((resolve, reject) => {
    let log = "";
    const timer = setTimeout(() => reject(new Error(`the gateway did not start:\n${log}`)), START_MS);
    child.once("exit", () => reject(new Error(`the gateway ended:\n${log}`)));
    child.stdout?.on("data", (chunk) => {
      log = (log + chunk).slice(-20_000);
      const line = log.split("\n").find((text) => text.includes('"dataPort":') && text.endsWith("}"));
      if (line === undefined) return;
      clearTimeout(timer);
      const { dataPort, ready } = JSON.parse(line);
      resolve({ port: dataPort, ready });
    });
  });
}
