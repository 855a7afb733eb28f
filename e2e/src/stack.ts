import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@sallyport/scripts/preflight";
import { createStack, startDatabase } from "@sallyport/scripts/stack";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

const PARTS = ["console", "gateway1", "gateway2", "admin1", "admin2", "acme", "globex", "upstream"] as const;
type Ports = Record<(typeof PARTS)[number], number>;

/** A whole Sallyport of its own, in a temporary folder: real database, console, two nodes; providers and upstream always, seeded data on demand. */
export interface RunningStack {
  readonly consoleUrl: string;
  readonly gateways: readonly [string, string];
  readonly ports: Ports;
  readonly dataDir: string;
  readonly parts: ReturnType<typeof createStack>;
  readonly database: Awaited<ReturnType<typeof startDatabase>>;
  /** The one-time link of the first administrator, as the console printed it. */
  readonly firstAdminLink: string;
  stop(): Promise<void>;
}

async function differentPorts(): Promise<Ports> {
  const taken = new Set<number>();
  while (taken.size < PARTS.length) taken.add(await freePort());
  const numbers = [...taken];
  return Object.fromEntries(PARTS.map((part, index) => [part, numbers[index]])) as Ports;
}

/** @param beside a stack that already runs: its providers and upstream serve this one too */
export async function startStack({ demo, beside }: { demo: boolean; beside?: RunningStack }): Promise<RunningStack> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "sallyport-e2e-"));
  const ports = await differentPorts();
  if (beside) Object.assign(ports, { acme: beside.ports.acme, globex: beside.ports.globex, upstream: beside.ports.upstream });
  let link: string | null = null;
  const quiet = () => undefined;
  const database = await startDatabase({ root, dataDir, databaseUrl: undefined, log: quiet });
  const parts = createStack({
    root,
    dataDir,
    ports,
    demo,
    withProviders: beside === undefined,
    restart: false,
    database,
    log: quiet,
    onFirstAdminLink: (found: string) => {
      link = found;
    },
  });
  const stop = async () => {
    await parts.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await parts.startProviders();
    await parts.seed();
    await parts.startConsole();
    await parts.startGateways();
    if (demo) {
      await parts.nodesReady();
      await parts.seedHistory();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  if (!link) {
    await stop();
    throw new Error("the console printed no link for the first administrator");
  }
  return {
    consoleUrl: `http://localhost:${ports.console}`,
    gateways: [`http://127.0.0.1:${ports.gateway1}`, `http://127.0.0.1:${ports.gateway2}`],
    ports,
    dataDir,
    parts,
    database,
    firstAdminLink: link,
    stop,
  };
}
