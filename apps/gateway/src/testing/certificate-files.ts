import { mkdtemp, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestCertificate } from "@sallyport/testkit";

/** A folder of certificates, one pair for each name. */
export async function certificateFolder(pairs: Readonly<Record<string, TestCertificate>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
  for (const [name, pair] of Object.entries(pairs)) await writePair(folder, name, pair);
  return folder;
}

/** Writes or replaces a pair, each file at once. */
export async function writePair(folder: string, name: string, { cert, key }: TestCertificate): Promise<void> {
  for (const [ending, text] of [
    ["crt", cert],
    ["key", key],
  ] as const) {
    await writeFile(join(folder, `.${name}.${ending}`), text, { mode: 0o600 });
    await rename(join(folder, `.${name}.${ending}`), join(folder, `${name}.${ending}`));
  }
}
