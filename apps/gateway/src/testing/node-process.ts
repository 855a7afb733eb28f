/**
 * A whole node in a process of its own, whose memory can be told from the test's. Forked with CONTROL_PLANE, JOIN_TOKEN, DATA_DIR and
 * SECRET (the value of every secret) in its environment; tells its ports, and ends with its parent. With `--expose-gc` each message makes it
 * collect everything, and it says when that is done.
 */
import { buildGateway } from "../build-gateway.js";
import { createControlPlaneClient } from "../control-plane/client.js";
import { createLogger } from "../logger.js";

const { CONTROL_PLANE = "", JOIN_TOKEN = "", DATA_DIR = "", SECRET = "" } = process.env;
const gateway = await buildGateway({
  settings: {
    controlPlane: CONTROL_PLANE,
    bundle: null,
    joinToken: JOIN_TOKEN,
    nodeName: "node-1",
    dataDir: DATA_DIR,
    keyDir: DATA_DIR,
    keyMaxAgeMs: 30 * 86_400_000,
    host: "127.0.0.1",
    port: 0,
    tls: null,
    authzHost: "127.0.0.1",
    authzPort: null,
    adminHost: "127.0.0.1",
    adminPort: 0,
    stateStore: null,
    idpProxy: null,
    drainTimeoutMs: 300,
    logLevel: "silent",
  },
  client: createControlPlaneClient(CONTROL_PLANE),
  logger: createLogger("silent"),
  clock: { now: Date.now, monotonic: () => performance.now() },
  secretOf: () => SECRET,
  onHopeless: () => process.exit(1),
});
process.on("message", () => {
  globalThis.gc?.();
  process.send?.("collected");
});
process.once("disconnect", () => process.exit(0));
process.send?.(await gateway.start());
