import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startControlPlane } from "./control-plane.mjs";
import { MEASURED_CPU, startPinned, stop } from "./pinned-process.mjs";

const PROGRAM = fileURLToPath(new URL("../../apps/gateway/dist/main.js", import.meta.url));
const START_MS = 30_000;

/** What is missing to run the product itself, or null. */
export const missingGateway = () => (existsSync(PROGRAM) ? null : "the gateway is not built: run `npm run build` first");

/**
 * The gateway as it is shipped, in a process of its own, enrolled and ready with these sections.
 * `BENCH_GATEWAY_ARGS` goes to Node, for example `--cpu-prof`.
 * @param {readonly import("@sallyport/snapshot").Section[]} sections
 */
export async function startGateway(sections) {
  const plane = await startControlPlane();
  const dataDir = mkdtempSync(path.join(tmpdir(), "sallyport-bench-node-"));
  const extra = (process.env.BENCH_GATEWAY_ARGS ?? "").split(" ").filter((arg) => arg !== "");
  const child = startPinned({
    cpu: MEASURED_CPU,
    args: [...extra, PROGRAM],
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
    },
  });
  const port = await portOf(child);
  await plane.publish(sections);
  return {
    port,
    pid: child.pid,
    publish: plane.publish,
    async close() {
      child.disconnect();
      await Promise.race([new Promise((resolve) => child.once("exit", resolve)), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
      await stop(child);
      await plane.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * The data port, from the line that the gateway logs once it listens.
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function portOf(child) {
  return new Promise((resolve, reject) => {
    let log = "";
    const timer = setTimeout(() => reject(new Error(`the gateway did not start:\n${log}`)), START_MS);
    child.once("exit", () => reject(new Error(`the gateway ended:\n${log}`)));
    child.stdout?.on("data", (chunk) => {
      log = (log + chunk).slice(-20_000);
      const found = /"dataPort":(\d+)/.exec(log);
      if (found === null) return;
      clearTimeout(timer);
      resolve(Number(found[1]));
    });
  });
}
