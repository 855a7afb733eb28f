import { hash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { bundleEnd, bundleHeader } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { UnverifiedRevision } from "../sync/revision.js";
import { readRevisionLines } from "../sync/revision-lines.js";
import { entries } from "../sync/sync-answer.js";

const header = bundleHeader.extend({ manifest: entries });

/** What a bundle says, of which nothing is believed yet. */
export interface StatedBundle extends Pick<z.output<typeof header>, "trustedKeys" | "recipient"> {
  readonly revision: UnverifiedRevision;
}

/** As for an answer of the control plane: a full snapshot of 10,000 tenants is about 30 MiB. */
const MAX_BYTES = 256 * 1024 * 1024;
const END_BYTES = bundleEnd("0".repeat(64)).length;

/** @throws Error why the file is no bundle, as a clause that follows its name */
export async function readBundle(file: string): Promise<StatedBundle> {
  const bytes = await bytesOf(file);
  const body = bytes.subarray(0, Math.max(0, bytes.length - END_BYTES));
  if (bundleEnd(hash("sha256", body, "hex")) !== bytes.toString("latin1", body.length))
    throw new Error("is no bundle, or not whole: it does not end with the SHA-256 of what stands before");
  // Another build has written it: each section goes through the whole schema.
  const read = readRevisionLines([body], header, () => false);
  if (!read.ok) throw new Error(`is no bundle: it ${read.reason}`);
  const [first, second] = read.value;
  if (first === undefined || second !== undefined) throw new Error("is no bundle: it has more than one revision");
  const { envelope, manifest, trustedKeys, recipient } = first.header;
  return { revision: { envelope, base: null, manifest, changed: Object.fromEntries(first.sections), removed: [] }, trustedKeys, recipient };
}

async function bytesOf(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
    bytes = await readFile(file);
  } catch (error) {
    throw new Error(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return bytes;
}
