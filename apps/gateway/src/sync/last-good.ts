import { link, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { sectionName } from "@sallyport/snapshot";
import { z } from "zod";
import { createBreather } from "../breathe.js";
import { parseJson } from "../files/read-if-there.js";
import { syncFolder, writeAtomically } from "../files/write-atomically.js";
import type { UnverifiedRevision, VerifiedRevision } from "./revision.js";

/** Newest first. Two generations: whatever happens to one, the other loads. */
export const GENERATIONS = ["last-good", "previous"] as const;
export type Generation = (typeof GENERATIONS)[number];

const FORMAT = "sallyport-last-good/1";
const header = z.strictObject({ format: z.literal(FORMAT), envelope: z.string(), manifest: z.record(z.string(), z.unknown()) });
const line = z.strictObject({ name: sectionName, section: z.unknown() });

const fileOf = (dataDir: string, generation: Generation): string => join(dataDir, `${generation}.ndjson`);

/**
 * Keeps a proven revision for the next start: first line the signed envelope and the manifest, then a section per line.
 * The old file becomes the previous generation; at every moment at least one complete generation stands on disk.
 */
export async function writeLastGood(dataDir: string, revision: VerifiedRevision): Promise<void> {
  const staged = join(dataDir, "staged.ndjson");
  await writeAtomically(staged, linesOf(revision));
  const current = fileOf(dataDir, "last-good");
  const previous = fileOf(dataDir, "previous");
  const spare = `${previous}.tmp`;
  await rm(spare, { force: true });
  try {
    await link(current, spare);
    await rename(spare, previous);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  await rename(staged, current);
  await syncFolder(dataDir);
}

async function* linesOf(revision: VerifiedRevision): AsyncGenerator<string> {
  const breathe = createBreather();
  yield `${JSON.stringify({ format: FORMAT, envelope: revision.jws, manifest: revision.manifest })}\n`;
  let block = "";
  for (const [name, section] of revision.sections) {
    block += `${JSON.stringify({ name, section })}\n`;
    if (block.length > 65_536) {
      yield block;
      block = "";
    }
    const pause = breathe();
    if (pause) await pause;
  }
  if (block !== "") yield block;
}

export type StoredRevision =
  | { readonly state: "read"; readonly revision: UnverifiedRevision }
  | { readonly state: "missing" }
  | { readonly state: "refused"; readonly reason: string };

/** Reads one generation. What it says is not believed here: it goes through the same verification as a delivery. */
export async function readGeneration(dataDir: string, generation: Generation): Promise<StoredRevision> {
  let bytes: Buffer;
  try {
    bytes = await readFile(fileOf(dataDir, generation));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { state: "missing" };
    return { state: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
  const changed: Record<string, unknown> = {};
  let first: z.output<typeof header> | null = null;
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, from);
    const end = newline < 0 ? bytes.length : newline;
    const value = parseJson(bytes.toString("utf8", from, end));
    from = end + 1;
    if (first === null) {
      const parsed = header.safeParse(value);
      if (!parsed.success) return { state: "refused", reason: "the file does not begin with a signed envelope" };
      first = parsed.data;
      continue;
    }
    const parsed = line.safeParse(value);
    if (!parsed.success) return { state: "refused", reason: "a line of the file is torn" };
    changed[parsed.data.name] = parsed.data.section;
  }
  if (first === null) return { state: "refused", reason: "the file is empty" };
  return { state: "read", revision: { envelope: first.envelope, base: null, manifest: first.manifest, changed, removed: [] } };
}
