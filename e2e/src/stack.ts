import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createStack, type startDatabase } from "@sallyport/scripts/stack";
import { copyFolder, ownPorts, root, type SharedPorts, startStackDatabase } from "./originals.ts";
import { currentRun } from "./run.ts";
import { query } from "./sql.ts";
import { until } from "./wait.ts";

type Ports = Awaited<ReturnType<typeof ownPorts>> & SharedPorts;

/**
 * A whole Sallyport of its own, in a temporary folder: real database, console, two nodes. Identity providers and upstream are the run's.
 */
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

/** @param demo begin with the demo's data and enrolled nodes; else with no installation at all */
export async function startStack({ demo }: { demo: boolean }): Promise<RunningStack> {
  const run = currentRun();
  const dir = await mkdtemp(path.join(tmpdir(), "sallyport-e2e-"));
  const dataDir = path.join(dir, "data");
  await copyFolder(run.originals[demo ? "demo" : "empty"], dataDir);
  const ports = { ...(await ownPorts()), ...run.ports };
  let link: string | null = null;
  const database = await startStackDatabase(dataDir);
  const parts = createStack({
    root,
    dataDir,
    ports,
    demo,
    withProviders: false,
    prepared: demo,
    restart: false,
    database,
    log: () => undefined,
    onFirstAdminLink: (found: string) => {
      link = found;
    },
  });
  const stop = async () => {
    await parts.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const started = new Date();
    await parts.seed();
    await parts.startConsole();
    await parts.startGateways();
    if (demo) await until("both nodes have spoken", () => bothSpokeSince(database.ownerUrl, started));
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

/** Until then the console has the copied nodes' last word from when the original was made, and takes them for silent. */
async function bothSpokeSince(ownerUrl: string, time: Date): Promise<true | null> {
  return (await query(ownerUrl, "SELECT FROM node WHERE last_seen_at >= $1", [time])).length === 2 ? true : null;
}
