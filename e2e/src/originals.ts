import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createStack, startDatabase } from "@sallyport/scripts/stack";
import { differentPorts } from "./ports.ts";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** What a stack begins with: a migrated database and no installation, or the whole demo with its past and two enrolled nodes. */
export type Kind = "empty" | "demo";
/** Of the providers and the upstream, which all stacks of a run share: documents of the demo name them. */
export type SharedPorts = Record<"acme" | "globex" | "upstream", number>;

const OWN_PARTS = ["console", "gateway1", "gateway2", "admin1", "admin2"] as const;
const run = promisify(execFile);
const quiet = () => undefined;

export const ownPorts = () => differentPorts(OWN_PARTS);

/** Processes are killed in the tests, machines are not: nothing has to reach the disk. */
export const startStackDatabase = (dataDir: string) =>
  startDatabase({ root, dataDir, databaseUrl: undefined, settings: { fsync: "off" }, log: quiet });

/** With owners and modes, which PostgreSQL looks at. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await run("cp", ["-a", from, to]);
}

/**
 * Makes the data folders that stacks are copies of, below `dir`, by the product's own means; what ran on them was stopped in good order.
 * @param shared ports of the providers and the upstream, which run
 */
export async function makeOriginals(dir: string, shared: SharedPorts): Promise<Record<Kind, string>> {
  const empty = path.join(dir, "empty");
  await mkdir(empty);
  const { server } = await startStackDatabase(empty);
  await server?.stop();
  const demo = path.join(dir, "demo");
  await copyFolder(empty, demo);
  await tellDemo(demo, shared);
  return { empty, demo };
}

async function tellDemo(dataDir: string, shared: SharedPorts): Promise<void> {
  const database = await startStackDatabase(dataDir);
  const ports = { ...(await ownPorts()), ...shared };
  const parts = createStack({ root, dataDir, ports, demo: true, withProviders: false, restart: false, database, log: quiet });
  try {
    await parts.seed();
    await parts.startConsole();
    await parts.startGateways();
    await parts.nodesReady();
    await parts.seedHistory();
  } finally {
    await parts.stop();
  }
  // What the copies write there is theirs alone.
  await rm(path.join(dataDir, "logs"), { recursive: true });
}
