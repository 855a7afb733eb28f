import type { KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { pino } from "pino";
import { fileOf, type Generation } from "../last-good/read-generation.js";
import { MAGIC, openFrames, sealFrame } from "../last-good/sealed-frames.js";
import { loadStorageKey } from "../last-good/storage-key.js";

export const storageKeyOf = (keyDir: string): Promise<KeyObject> => loadStorageKey(keyDir, pino({ level: "silent" }));

/** What a node has kept, in plain text; empty where there is nothing that opens. */
export async function keptText(dataDir: string, generation: Generation = "last-good"): Promise<string> {
  const bytes = await readFile(fileOf(dataDir, generation)).catch(() => Buffer.alloc(0));
  const opened = openFrames(await storageKeyOf(dataDir), bytes);
  return opened.ok ? Buffer.concat(opened.texts).toString("utf8") : "";
}

/** Puts another text in its place, sealed as the node would: by somebody who has its storage key. */
export async function keepText(dataDir: string, text: string, generation: Generation = "last-good"): Promise<void> {
  await writeFile(fileOf(dataDir, generation), Buffer.concat([MAGIC, sealFrame(await storageKeyOf(dataDir), 0, text)]));
}
