import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { UnverifiedRevision } from "../sync/revision.js";
import { readRevisionLines } from "../sync/revision-lines.js";
import { BUILD_MARK } from "../sync/stored-section.js";
import { entries } from "../sync/sync-answer.js";
import { openFrames } from "./sealed-frames.js";

/** Newest first. Two generations: whatever happens to one, the other loads. */
export const GENERATIONS = ["last-good", "previous"] as const;
export type Generation = (typeof GENERATIONS)[number];

export const fileOf = (dataDir: string, generation: Generation): string => join(dataDir, `${generation}.sealed`);
/** Where an earlier build kept it, in plain text. */
export const plainFileOf = (dataDir: string, generation: Generation): string => join(dataDir, `${generation}.ndjson`);

/** What stands before the sections of one revision. The first of a file is whole; each that follows says what is different. */
const record = z.strictObject({
  /** Of the build that wrote it. */
  build: z.string().max(256),
  envelope: z.string(),
  /** Of the sections that follow. Its entries are checked where those of a delivery are. */
  manifest: entries,
  removed: z.array(z.string()),
  /** How many sections follow. */
  sections: z.int().min(0),
});
export type RevisionRecord = z.output<typeof record>;

/** Files of earlier builds: one revision, in plain text. */
const PLAIN_FORMAT = "sallyport-last-good/2";
const plainHeader = z.strictObject({ format: z.literal(PLAIN_FORMAT), ...record.omit({ removed: true, sections: true }).shape });

/** A file that more can be added to: how far it goes. */
export interface Extent {
  readonly bytes: number;
  readonly frames: number;
  /** What the sections of the first revision take, which is whole, bytes. */
  readonly wholeBytes: number;
}

export type StoredRevision =
  | { readonly state: "read"; readonly revision: UnverifiedRevision /** Null: of an earlier build. */; readonly extent: Extent | null }
  | { readonly state: "missing" }
  | { readonly state: "refused"; readonly reason: string };

const refusedFile = (reason: string): StoredRevision => ({ state: "refused", reason: `the file ${reason}` });

type FileRead = { readonly state: "bytes"; readonly bytes: Buffer } | Exclude<StoredRevision, { state: "read" }>;

async function readBytes(file: string): Promise<FileRead> {
  try {
    return { state: "bytes", bytes: await readFile(file) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { state: "missing" };
    return { state: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Reads one generation. What it says is not believed here: it goes through the same verification as a delivery. */
export async function readGeneration(dataDir: string, generation: Generation, key: KeyObject): Promise<StoredRevision> {
  const file = await readBytes(fileOf(dataDir, generation));
  if (file.state === "missing") return readPlain(await readBytes(plainFileOf(dataDir, generation)));
  if (file.state === "refused") return file;
  const { bytes } = file;
  const opened = openFrames(key, bytes);
  if (!opened.ok) return refusedFile(opened.reason);
  const read = readRevisionLines(opened.texts, record, ({ build }) => build === BUILD_MARK);
  if (!read.ok) return refusedFile(read.reason);
  const [whole, ...later] = read.value;
  if (whole === undefined || read.value.some(({ header, sections }) => header.sections !== sections.size)) {
    return refusedFile("has a revision of which sections are missing");
  }
  const manifest = new Map(Object.entries(whole.header.manifest));
  const changed = new Map(whole.sections);
  for (const { header, sections } of later) {
    for (const name of header.removed) {
      manifest.delete(name);
      changed.delete(name);
    }
    for (const [name, hash] of Object.entries(header.manifest)) manifest.set(name, hash);
    for (const [name, section] of sections) changed.set(name, section);
  }
  let wholeBytes = 0;
  for (const section of whole.sections.values()) wholeBytes += section.bytes.length;
  return {
    state: "read",
    revision: {
      envelope: (later.at(-1) ?? whole).header.envelope,
      base: null,
      manifest: Object.fromEntries(manifest),
      changed: Object.fromEntries(changed),
      removed: [],
    },
    extent: { bytes: bytes.length, frames: opened.texts.length, wholeBytes },
  };
}

function readPlain(file: FileRead): StoredRevision {
  if (file.state !== "bytes") return file;
  const read = readRevisionLines([file.bytes], plainHeader, ({ build }) => build === BUILD_MARK);
  if (!read.ok) return refusedFile(read.reason);
  const [only, second] = read.value;
  if (only === undefined || second !== undefined) return refusedFile("has more than one revision");
  const { envelope, manifest } = only.header;
  return { state: "read", revision: { envelope, base: null, manifest, changed: Object.fromEntries(only.sections), removed: [] }, extent: null };
}
