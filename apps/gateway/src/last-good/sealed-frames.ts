import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const LENGTH_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD = LENGTH_BYTES + IV_BYTES + TAG_BYTES;

/** How a file of frames begins. */
export const MAGIC = Buffer.from("sallyport-last-good/3\n", "latin1");

/** A frame is bound to its place in its file: none can be left out in the middle, moved, or told twice. */
const boundTo = (index: number): Buffer => Buffer.from(`${MAGIC.toString("latin1")}${index}`, "latin1");

/**
 * Whole lines of a file, encrypted and authenticated by itself (AES-256-GCM, NIST SP 800-38D): length of the text as 32 bits, big endian,
 * 96 random bits, the text, the tag. What stands in the file before stays as it is.
 * @param index which frame of the file it is, from 0
 */
export function sealFrame(key: KeyObject, index: number, text: string): Buffer {
  const plain = Buffer.from(text, "utf8");
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(boundTo(index));
  const head = Buffer.allocUnsafe(LENGTH_BYTES);
  head.writeUInt32BE(plain.length);
  return Buffer.concat([head, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export type OpenedFrames =
  | { readonly ok: true /** Of each frame. */; readonly texts: readonly Buffer[] }
  | { readonly ok: false /** A clause that follows "the file". */; readonly reason: string };

/** All of a file's frames, or none: one that is torn, edited, moved or sealed with another key takes the file with it. */
export function openFrames(key: KeyObject, bytes: Buffer): OpenedFrames {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { ok: false, reason: "does not begin as one of this node's" };
  const texts: Buffer[] = [];
  for (let from = MAGIC.length; from < bytes.length; ) {
    if (bytes.length - from < OVERHEAD) return { ok: false, reason: "has a part that is torn" };
    const size = bytes.readUInt32BE(from);
    const start = from + LENGTH_BYTES + IV_BYTES;
    const end = start + size;
    if (end + TAG_BYTES > bytes.length) return { ok: false, reason: "has a part that is torn" };
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(start - IV_BYTES, start), { authTagLength: TAG_BYTES })
      .setAAD(boundTo(texts.length))
      .setAuthTag(bytes.subarray(end, end + TAG_BYTES));
    texts.push(decipher.update(bytes.subarray(start, end)));
    try {
      decipher.final();
    } catch {
      return { ok: false, reason: "does not open with this node's storage key: it was edited, or is another node's" };
    }
    from = end + TAG_BYTES;
  }
  return { ok: true, texts };
}
