import { link, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { failpoint } from "@sallyport/failpoints";
import { canonicalJson, type JsonValue } from "@sallyport/snapshot";
import { z } from "zod";
import { createBreather } from "../breathe.js";
import { syncFolder, writeAtomically } from "../files/write-atomically.js";
import type { UnverifiedRevision, VerifiedRevision } from "./revision.js";
import { readRevisionLines } from "./revision-lines.js";
import { BUILD_MARK } from "./stored-section.js";
import { entries } from "./sync-answer.js";

/** Newest first. Two generations: whatever happens to one, the other loads. */
export const GENERATIONS = ["last-good", "previous"] as const;
export type Generation = (typeof GENERATIONS)[number];

const FORMAT = "sallyport-last-good/2";
const header = z.strictObject({
  format: z.literal(FORMAT),
  /** Of the build that wrote the file. */
  build: z.string().max(256),
  envelope: z.string(),
  /** Its entries are checked where those of a delivery are. */
  manifest: entries,
});

const fileOf = (dataDir: string, generation: Generation): string => join(dataDir, `${generation}.ndjson`);

/**
 * Keeps a proven revision for the next start: first line the signed envelope and the manifest, then
 * for each section a line of its name, a blank, and its canonical JSON.
 * The old file becomes the previous generation; at every moment at least one complete generation stands on disk.
 */
export async function writeLastGood(dataDir: string, revision: VerifiedRevision): Promise<void> {
  const staged = join(dataDir, "staged.ndjson");
  await writeAtomically(staged, linesOf(revision));
  failpoint("node.staged");
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
  failpoint("node.previous_kept");
  await rename(staged, current);
  failpoint("node.last_good_renamed");
  await syncFolder(dataDir);
}

async function* linesOf(revision: VerifiedRevision): AsyncGenerator<string> {
  const breathe = createBreather();
  yield `${JSON.stringify({ format: FORMAT, build: BUILD_MARK, envelope: revision.jws, manifest: revision.manifest })}\n`;
  failpoint("node.last_good_begun");
  let block = "";
  for (const [name, section] of revision.sections) {
    block += `${name} ${canonicalJson(section as unknown as JsonValue)}\n`;
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
  const read = readRevisionLines(bytes, header, ({ build }) => build === BUILD_MARK);
  if (!read.ok) return { state: "refused", reason: `the file ${read.reason}` };
  const { envelope, manifest } = read.value.header;
  return { state: "read", revision: { envelope, base: null, manifest, changed: read.value.changed, removed: [] } };
}
