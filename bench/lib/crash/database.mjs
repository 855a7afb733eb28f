import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort, startPostgres } from "@sallyport/data/embedded-pg";
import { ensureDatabase, ensureRoles, migrate, runSql } from "@sallyport/data/migrate";

const secret = () => randomBytes(24).toString("base64url");
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processes that the postmaster has started. @param {number} pid */
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const kill = (/** @type {number} */ pid) => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
};

/** A PostgreSQL of its own, with the settings that it ships with, that can be ended as by `kill -9` and started again on its files. */
export async function createDatabase() {
  // What a killed run leaves, the next run of the tests removes (prisma/src/testing-server.ts).
  const folder = mkdtempSync(path.join(tmpdir(), `sallyport-test-${process.pid}-`));
  const port = await freePort();
  let postgres = await startPostgres({ dir: folder, port });
  const ownerUrl = postgres.url("sallyport");
  await ensureDatabase(ownerUrl);
  await migrate({ url: ownerUrl });
  const { appUrl, fleetUrl } = await ensureRoles({ url: ownerUrl, appPassword: secret(), fleetPassword: secret() });
  let isDown = false;

  return {
    appUrl,
    fleetUrl,
    isDown: () => isDown,
    /** @param {string} sql @returns {Promise<Record<string, any>[]>} */
    query: (sql) => runSql(ownerUrl, sql),
    /** The postmaster and everything that it started, at once. */
    async kill() {
      isDown = true;
      const pids = [postgres.pid, ...childrenOf(postgres.pid)];
      for (const pid of pids) kill(pid);
      await postgres.exited;
    },
    async start() {
      for (let tries = 0; ; tries += 1) {
        try {
          postgres = await startPostgres({ dir: folder, port });
          isDown = false;
          return;
        } catch (error) {
          // The system has not taken away all that the killed one shared.
          if (tries >= 20) throw error;
          await pause(100);
        }
      }
    },
    async remove() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof createDatabase>>} Database */
