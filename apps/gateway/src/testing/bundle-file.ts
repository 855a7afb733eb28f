import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type JsonValue } from "@sallyport/snapshot";
import { type BundleHeader, bundleEnd, bundleHeaderOf } from "@sallyport/snapshot/protocol";
import type { Published, TestControlPlane } from "./control-plane.js";

/** The last line over whatever stands before: as somebody would write it who changed the file on purpose. */
export const sealedText = (body: Buffer): Buffer => Buffer.concat([body, Buffer.from(bundleEnd(createHash("sha256").update(body).digest("hex")))]);

/** A revision as the control plane would write it into a file. */
export function bundleOf(plane: TestControlPlane, { envelope, manifest, sections }: Published, more: Partial<BundleHeader> = {}): Buffer {
  const header = bundleHeaderOf({ envelope, trustedKeys: [...plane.trustedKeys], recipient: null, manifest, ...more });
  const lines = [JSON.stringify(header), ...[...sections].map(([name, section]) => `${name} ${canonicalJson(section as unknown as JsonValue)}`)];
  return sealedText(Buffer.from(`${lines.join("\n")}\n`));
}

/** @returns the file's path */
export async function writeBundle(folder: string, bytes: Buffer, name = "edge.bundle"): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}
