import type { KeyObject } from "node:crypto";
import { copyFile, type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { failpoint } from "@sallyport/failpoints";
import { canonicalJson, type JsonValue, type SectionName } from "@sallyport/snapshot";
import { createBreather } from "../breathe.js";
import { syncFolder } from "../files/write-atomically.js";
import type { SectionHashes, VerifiedRevision } from "../sync/revision.js";
import { BUILD_MARK } from "../sync/stored-section.js";
import { differencesBetween } from "./differences.js";
import {
  type Extent,
  fileOf,
  GENERATIONS,
  type Generation,
  plainFileOf,
  type RevisionRecord,
  readGeneration,
  type StoredRevision,
} from "./read-generation.js";
import { MAGIC, sealFrame } from "./sealed-frames.js";

/** About as much text as one frame has. */
const FRAME_CHARACTERS = 65_536;
/** A file may grow by what is different to twice what is whole in it, or by this much, bytes; then it is written whole again. */
const LEAST_GROWTH = 262_144;

/** The generation that holds the newest revision. */
interface Newest {
  readonly generation: Generation;
  /** Null: nothing can be added to it. */
  readonly extent: Extent | null;
  readonly jws: string;
  readonly manifest: SectionHashes;
}

/** The other one, when it is known what it lacks. */
interface Older {
  readonly extent: Extent;
  /** Sections that the newest has otherwise. */
  readonly behind: ReadonlySet<SectionName>;
}

/** Keeps proven revisions for the next start: the newest, and the one before. */
export interface LastGood {
  /** @returns what stands there; nothing of it is believed yet */
  read(generation: Generation): Promise<StoredRevision>;
  /** What was read has proven itself, and runs: what comes next can be added to it. */
  started(generation: Generation, extent: Extent | null, revision: VerifiedRevision): void;
  /**
   * Makes a revision the last good one, and the last good one the one before. At every moment at least one complete generation stands on disk.
   * Only what is different is written, to the generation before, which so becomes the newest.
   */
  write(revision: VerifiedRevision): Promise<void>;
}

export function openLastGood(dataDir: string, key: KeyObject): LastGood {
  let newest: Newest | null = null;
  let older: Older | null = null;
  let mayBePlain = true;
  /** One write after the other. */
  let writing = Promise.resolve();
  const staged = join(dataDir, "staged.sealed");
  const lastGood = fileOf(dataDir, "last-good");
  const previous = fileOf(dataDir, "previous");

  /** The one before under a new name, a copy of the newest, or nothing: what `staged` begins with, and what it lacks. */
  const begin = async (changed: ReadonlySet<SectionName>): Promise<{ extent: Extent; missing: ReadonlySet<SectionName> } | null> => {
    if (newest === null) return null;
    const [old, { extent, generation }] = [older, newest];
    older = null;
    if (old !== null && mayGrow(old.extent)) {
      await rename(previous, staged);
      return { extent: old.extent, missing: new Set([...old.behind, ...changed]) };
    }
    if (extent === null || !mayGrow(extent)) return null;
    await copyFile(fileOf(dataDir, generation), staged);
    return { extent, missing: changed };
  };

  const stage = async (revision: VerifiedRevision, changed: ReadonlySet<SectionName>): Promise<Extent> => {
    const start = await begin(changed);
    const file = await open(staged, start === null ? "w" : "r+", 0o600);
    try {
      const extent = await append(file, key, start?.extent ?? null, recordOf(revision, start?.missing ?? null), revision);
      await file.sync();
      return extent;
    } finally {
      await file.close();
    }
  };

  /** What an earlier build left in plain text goes as soon as there is something better. */
  const removePlain = async (): Promise<void> => {
    if (!mayBePlain) return;
    for (const generation of GENERATIONS) await rm(plainFileOf(dataDir, generation), { force: true });
    mayBePlain = false;
  };

  /** The newest takes the name of the one before, if it has not got it. */
  const keepNewest = async (): Promise<void> => {
    if (newest?.generation !== "last-good" || newest.extent === null) return;
    const spare = `${previous}.tmp`;
    await rm(spare, { force: true });
    await link(lastGood, spare);
    await rename(spare, previous);
  };

  const writeNext = async (revision: VerifiedRevision): Promise<void> => {
    const { since } = revision;
    const changed =
      newest === null
        ? new Set<SectionName>()
        : since?.jws === newest.jws
          ? since.names
          : await differencesBetween(newest.manifest, revision.manifest);
    const extent = await stage(revision, changed);
    failpoint("node.staged");
    await keepNewest();
    failpoint("node.previous_kept");
    await rename(staged, lastGood);
    const before = newest?.extent ?? null;
    older = before === null ? null : { extent: before, behind: changed };
    newest = { generation: "last-good", extent, jws: revision.jws, manifest: revision.manifest };
    failpoint("node.last_good_renamed");
    await syncFolder(dataDir);
    await removePlain();
  };

  return {
    read: (generation) => readGeneration(dataDir, generation, key),
    started(generation, extent, { jws, manifest }) {
      newest = { generation, extent, jws, manifest };
      older = null;
    },
    write(revision) {
      const written = writing.then(() => writeNext(revision));
      writing = written.catch(() => undefined);
      return written;
    },
  };
}

const mayGrow = ({ bytes, wholeBytes }: Extent): boolean => bytes <= wholeBytes + Math.max(wholeBytes, LEAST_GROWTH);

/** @param missing null: all of it is written */
function recordOf({ jws, manifest, sections }: VerifiedRevision, missing: ReadonlySet<SectionName> | null): RevisionRecord {
  const about = { build: BUILD_MARK, envelope: jws };
  if (missing === null) return { ...about, manifest: Object.fromEntries(manifest), removed: [], sections: sections.size };
  const there = [...missing].filter((name) => sections.has(name));
  return {
    ...about,
    manifest: Object.fromEntries(there.map((name) => [name, manifest.get(name)])),
    removed: [...missing].filter((name) => !sections.has(name)),
    sections: there.length,
  };
}

/** @param extent of what the file holds already; null: nothing */
async function append(
  file: FileHandle,
  key: KeyObject,
  extent: Extent | null,
  record: RevisionRecord,
  { sections }: VerifiedRevision,
): Promise<Extent> {
  let bytes = extent?.bytes ?? 0;
  let frames = extent?.frames ?? 0;
  let sectionBytes = 0;
  const write = async (piece: Buffer): Promise<void> => {
    await file.write(piece, 0, piece.length, bytes);
    bytes += piece.length;
  };
  const seal = async (text: string): Promise<void> => {
    await write(sealFrame(key, frames, text));
    frames += 1;
  };
  if (extent === null) await write(MAGIC);
  else await file.truncate(bytes);
  await seal(`${JSON.stringify(record)}\n`);
  failpoint("node.last_good_begun");
  const breathe = createBreather();
  let block = "";
  for (const name of Object.keys(record.manifest)) {
    const text = canonicalJson(sections.get(name) as unknown as JsonValue);
    sectionBytes += text.length;
    block += `${name} ${text}\n`;
    if (block.length > FRAME_CHARACTERS) {
      await seal(block);
      block = "";
    }
    const pause = breathe();
    if (pause) await pause;
  }
  if (block !== "") await seal(block);
  return { bytes, frames, wholeBytes: extent?.wholeBytes ?? sectionBytes };
}
