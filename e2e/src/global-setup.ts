import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSurroundings } from "@sallyport/scripts/stack";
import { makeOriginals, root } from "./originals.ts";
import { differentPorts } from "./ports.ts";
import { announceRun } from "./run.ts";

/**
 * Once for a run: starts the identity providers and the upstream that all of its stacks share, and makes the data folders that they begin
 * as copies of. Nothing of it outlives the run.
 * @returns what ends it
 */
export default async function startRun(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(path.join(tmpdir(), "sallyport-e2e-run-"));
  const ports = await differentPorts(["acme", "globex", "upstream"]);
  const surroundings = createSurroundings({ root, dataDir: dir, ports, restart: false, log: () => undefined });
  const end = async () => {
    await surroundings.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await surroundings.start();
    announceRun({ originals: await makeOriginals(dir, ports), ports });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
