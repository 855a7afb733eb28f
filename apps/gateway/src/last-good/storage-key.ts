import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "pino";
import { readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";

const BYTES = 32;

/**
 * The key that what the node keeps on disk is encrypted with: `<keyDir>/storage-key` (mode 0600), made where there is none.
 * A file that is no such key is replaced, unlike the node's own key: what it opened comes again from the control plane.
 */
export async function loadStorageKey(keyDir: string, logger: Logger): Promise<KeyObject> {
  const path = join(keyDir, "storage-key");
  const text = await readIfThere(path);
  const stored = text === null ? null : Buffer.from(text.trim(), "base64url");
  if (stored?.length === BYTES) return createSecretKey(stored);
  if (text !== null)
    logger.warn({ path }, "the storage key cannot be read; the node makes another, and what it kept on disk cannot be read any more");
  const made = randomBytes(BYTES);
  await writeAtomically(path, `${made.toString("base64url")}\n`);
  return createSecretKey(made);
}
