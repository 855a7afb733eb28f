import { join } from "node:path";
import { contentKeyId } from "@sallyport/pipeline-node";
import { CONTENT_KEY_JWE } from "@sallyport/snapshot";
import { type WrappedContentKey, wrappedContentKey } from "@sallyport/snapshot/protocol";
import { compactDecrypt, errors } from "jose";
import type { Logger } from "pino";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";
import type { EncryptionKey } from "../identity/encryption-key.js";

/** The content keys of the node's group: on disk as they came, encrypted to this node; open in memory only. */
export interface ContentKeys {
  /**
   * Ids of those that were handed to the node since it has its present encryption key, and that it keeps, whether they open or not: one that does
   * not is not sent again and again. One that is encrypted to the key before goes on counting until it comes anew.
   */
  ids(): string[];
  /** 32 bytes; null for a key that has not arrived, or does not open. */
  opened(id: string): Uint8Array | null;
  /** Keeps keys that the control plane sent. A disk that refuses is reported; the key counts all the same. */
  take(keys: readonly WrappedContentKey[]): Promise<void>;
  /** The node's encryption key is another: what did not open is tried with it, and what was encrypted to the one before is asked for anew. */
  keysChanged(): Promise<void>;
  /** Writes what the disk did not take before. */
  rewrite(): Promise<void>;
}

/** The present one, the one before, and those of a publish that is under way. */
const MOST = 4;
const file = z.strictObject({ keys: z.array(wrappedContentKey).max(MOST) });

export interface ContentKeysDeps {
  readonly dataDir: string;
  /** The node's encryption keys: the present one, and the one before. */
  readonly encryptionKeys: () => readonly [EncryptionKey, ...EncryptionKey[]];
  readonly logger: Logger;
  readonly onWriteError: (error: unknown) => void;
  readonly onWritten: () => void;
}

/** Opens what an earlier run kept: a node that starts without its control plane has its secrets. */
export async function openContentKeys({ dataDir, encryptionKeys, logger, onWriteError, onWritten }: ContentKeysDeps): Promise<ContentKeys> {
  const path = join(dataDir, "content-keys.json");
  let unwritten = false;
  interface Kept {
    readonly wrapped: WrappedContentKey;
    readonly bytes: Uint8Array | null;
    /** The encryption key that opened it, or the present one. */
    readonly by: EncryptionKey;
  }
  const kept = new Map<string, Kept>();

  /** The key, when it is encrypted to this node and is the one that its id commits to. */
  async function unwrap(wrapped: WrappedContentKey): Promise<Kept> {
    const { id, jwe } = wrapped;
    const { alg, enc } = CONTENT_KEY_JWE;
    const [present, ...before] = encryptionKeys();
    let reason = "";
    for (const by of [present, ...before]) {
      try {
        const { plaintext } = await compactDecrypt(jwe, by.privateKey, { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] });
        if (plaintext.length === 32 && contentKeyId(plaintext) === id) return { wrapped, bytes: plaintext, by };
        reason = "it is another one than its id says";
      } catch (error) {
        if (!(error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException)) throw error;
        reason ||= error.message;
      }
    }
    logger.error({ contentKey: id, reason }, "a content key does not open with this node's key; it is not used");
    return { wrapped, bytes: null, by: present };
  }

  async function keep(keys: readonly WrappedContentKey[]): Promise<void> {
    for (const wrapped of keys) {
      // The newest stands last.
      kept.delete(wrapped.id);
      kept.set(wrapped.id, await unwrap(wrapped));
    }
    for (const id of [...kept.keys()].slice(0, -MOST)) kept.delete(id);
  }

  const text = await readIfThere(path);
  const stored = text === null ? null : file.safeParse(parseJson(text));
  if (stored?.success) {
    await keep(stored.data.keys);
    // What does not open after a start is asked for once more.
    for (const [id, { bytes }] of kept) if (bytes === null) kept.delete(id);
  } else if (stored !== null) logger.warn({ path }, "the content keys on disk cannot be read; they are asked for anew");

  async function write(): Promise<void> {
    try {
      await writeAtomically(path, `${JSON.stringify({ keys: [...kept.values()].map(({ wrapped }) => wrapped) })}\n`);
      unwritten = false;
      onWritten();
    } catch (error) {
      unwritten = true;
      onWriteError(error);
    }
  }

  return {
    ids: () => [...kept].filter(([, { by }]) => by === encryptionKeys()[0]).map(([id]) => id),
    opened: (id) => kept.get(id)?.bytes ?? null,
    async take(keys) {
      await keep(keys);
      await write();
    },
    async keysChanged() {
      for (const [id, { wrapped, bytes }] of kept) if (bytes === null) kept.set(id, await unwrap(wrapped));
    },
    async rewrite() {
      if (unwritten) await write();
    },
  };
}
