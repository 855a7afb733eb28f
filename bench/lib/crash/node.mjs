import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startVictim } from "./victim.mjs";

const PROGRAM = fileURLToPath(new URL("../../../apps/gateway/dist/sallyport-gateway.mjs", import.meta.url));

/**
 * A gateway node as it is shipped, over any number of lives on one folder.
 * @param {{ name: string, planeUrl: string, joinToken: string, fault: (what: string) => void }} options
 */
export function createNode({ name, planeUrl, joinToken, fault }) {
  const folder = mkdtempSync(path.join(tmpdir(), `sallyport-crash-${name}-`));
  /** @type {import("./victim.mjs").Victim | null} */
  let life = null;
  /** @type {{ revision: number, rootHash: string, from: string } | null} */
  let running = null;
  let port = 0;

  /** @param {Record<string, any>} entry of its log */
  function read(entry) {
    if (entry.msg === "snapshot applied") running = { revision: entry.revision, rootHash: entry.rootHash, from: entry.from };
    // Nothing here signs or sends what a node must not believe, and no disk is spoilt.
    if (entry.msg === "a delivered snapshot was refused; the running one stays" || entry.msg === "a stored snapshot was refused")
      fault(`${name}: ${entry.msg}: ${JSON.stringify(entry.errors)}`);
  }

  return {
    name,
    folder,
    get port() {
      return port;
    },
    get life() {
      if (life === null) throw new Error(`${name} was not started`);
      return life;
    },
    /** What it said last that it runs; null before the first revision of this life. */
    get running() {
      return running;
    },
    isGone: () => life === null || life.isGone(),
    /**
     * Starts it on what its folder holds. A node that ran before must serve at once, from disk, whoever else is away.
     * @param {{ failpoint?: string, wasServing?: boolean }} options
     */
    async start({ failpoint, wasServing = false } = {}) {
      running = null;
      port = 0;
      const env = {
        SALLYPORT_CONTROL_PLANE: planeUrl,
        SALLYPORT_JOIN_TOKEN: joinToken,
        SALLYPORT_NODE_NAME: name,
        SALLYPORT_DATA_DIR: folder,
        SALLYPORT_HOST: "127.0.0.1",
        SALLYPORT_PORT: "0",
        SALLYPORT_ADMIN_HOST: "127.0.0.1",
        SALLYPORT_ADMIN_PORT: "0",
        SALLYPORT_DRAIN_TIMEOUT_MS: "100",
        ...(failpoint === undefined ? {} : { SALLYPORT_FAILPOINT: failpoint }),
      };
      const started = startVictim([PROGRAM], env, (line) => {
        if (line.startsWith("{")) read(JSON.parse(line));
      });
      life = started;
      const [line] = await started.said(/^\{.*"msg":"the gateway listens".*\}$/);
      const { dataPort, ready } = JSON.parse(line);
      port = dataPort;
      if (wasServing && !ready) fault(`${name} did not start from its disk:\n${started.lines.join("\n")}`);
    },
    kill: async () => life?.kill(),
    /** In order: what it applied last is not held against it. */
    end: async () => life?.end(),
    async remove() {
      await life?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @typedef {ReturnType<typeof createNode>} GatewayNode */
