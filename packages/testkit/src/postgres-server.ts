import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

interface EmbeddedServer {
  readonly pid: number;
  readonly port: number;
  url(database?: string): string;
  stop(): Promise<void>;
}

/** The tools of the data package; by address, because no workspace but the control plane's may depend on it. */
interface DatabaseTools {
  startPostgres(options: { dir: string; port?: number; settings?: Readonly<Record<string, string | number>> }): Promise<EmbeddedServer>;
}

const TOOLS = new URL("../../../prisma/tools/embedded-pg.mjs", import.meta.url).href;
/** Speed before durability: the data does not outlive the run. */
const SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: 200 };

export interface PostgresServer {
  readonly port: number;
  /** Of a superuser. */
  url(database?: string): string;
  /** Ends the server; its data stays, and `start` brings it back on the same port. */
  halt(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The PostgreSQL that npm ships, on loopback, in a folder of its own. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const { startPostgres }: DatabaseTools = await import(TOOLS);
  const dir = await mkdtemp(path.join(tmpdir(), "sallyport-state-"));
  let server: EmbeddedServer | null = await startPostgres({ dir, settings: SETTINGS });
  const { port, url } = server;
  const atExit = (): void => {
    if (server !== null) process.kill(server.pid, "SIGQUIT");
  };
  process.once("exit", atExit);
  const halt = async (): Promise<void> => {
    const running = server;
    server = null;
    await running?.stop();
  };
  return {
    port,
    url: (database) => url(database),
    halt,
    async start() {
      server ??= await startPostgres({ dir, port, settings: SETTINGS });
    },
    async close() {
      process.removeListener("exit", atExit);
      await halt();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
