import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPostgres, stopPostgres } from "../tools/embedded-pg.mjs";

const PREFIX = "sallyport-test-";

/** Speed before durability: the data does not outlive the run. */
const SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: 200 };

export interface TestServer {
  /** Of a superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The server that TEST_DATABASE_URL names, or an embedded one in a folder of its own below the system's temporary one. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  await removeLeftovers();
  const dir = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  const server = await startPostgres({ dir, settings: SETTINGS }).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  // A run that is cut off by Ctrl-C gets no farther than this.
  const atExit = (): void => {
    process.kill(server.pid, "SIGQUIT");
    waitUntilGone(path.join(dir, "cluster", "data", "postmaster.pid"));
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", atExit);
  return {
    url: server.url(),
    stop: async () => {
      process.removeListener("exit", atExit);
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Blocks until PostgreSQL has removed its lock file, which it does last; what is removed before that, it may write again.
 * At most 5 s: at exit nothing can be awaited, and the next run removes what stays.
 */
function waitUntilGone(lockFile: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 5000 && existsSync(lockFile); waited += 20) Atomics.wait(clock, 0, 0, 20);
}

/** Servers of runs that were killed: their process is gone, their PostgreSQL is not. */
async function removeLeftovers(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    const pid = entry.startsWith(PREFIX) ? Number.parseInt(entry.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const dir = path.join(tmpdir(), entry);
    // Whoever else finds it at the same moment does the same; either is enough.
    await stopPostgres({ dir }).catch(() => {});
    await rm(dir, { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
