import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CertificatePair } from "./read-certificate.js";

/** Larger files are no certificates. */
const MAX_FILE_BYTES = 262_144;

interface PairFiles {
  readonly name: string;
  readonly chain: string;
  readonly key: string;
}

/** In the folder itself, and in a folder of the certificate's name: certbot's names, and those of a mounted Kubernetes secret. */
const IN_OWN_FOLDER = [
  ["fullchain.pem", "privkey.pem"],
  ["tls.crt", "tls.key"],
] as const;

export interface FolderContent {
  readonly pairs: readonly CertificatePair[];
  /** Names of which one file is there, or one cannot be read; one sentence each. */
  readonly faults: ReadonlyMap<string, string>;
}

/** Which pairs a folder holds: `<name>.crt` (or `.pem`) with `<name>.key`, or a folder `<name>` with the names of certbot or Kubernetes. */
async function findPairs(folder: string): Promise<{ pairs: PairFiles[]; faults: Map<string, string> }> {
  const pairs: PairFiles[] = [];
  const faults = new Map<string, string>();
  const entries = (await readdir(folder)).filter((entry) => !entry.startsWith("."));
  const there = new Set(entries);
  for (const entry of entries.sort()) {
    const [, name, ending] = /^(.+)\.(crt|pem|key)$/.exec(entry) ?? [];
    if (name === undefined) {
      const inside = new Set(await readdir(join(folder, entry)).catch(() => []));
      const found = IN_OWN_FOLDER.find(([chain, key]) => inside.has(chain) && inside.has(key));
      if (found !== undefined) pairs.push({ name: entry, chain: join(folder, entry, found[0]), key: join(folder, entry, found[1]) });
      else if (IN_OWN_FOLDER.flat().some((file) => inside.has(file))) faults.set(entry, `${entry}: of certificate and key one is missing`);
      continue;
    }
    const other = ending === "key" ? [`${name}.crt`, `${name}.pem`] : [`${name}.key`];
    if (!other.some((file) => there.has(file))) faults.set(name, `${name}: of certificate and key one is missing`);
    else if (ending !== "key" && !(ending === "pem" && there.has(`${name}.crt`)))
      pairs.push({ name, chain: join(folder, entry), key: join(folder, `${name}.key`) });
  }
  return { pairs, faults };
}

/** Reads every pair of the folder. @throws the file system's error when the folder itself cannot be read */
export async function readCertificateFolder(folder: string): Promise<FolderContent> {
  const { pairs, faults } = await findPairs(folder);
  const read: CertificatePair[] = [];
  for (const { name, chain, key } of pairs) {
    try {
      read.push({ name, chain: await readBounded(chain), key: await readBounded(key) });
    } catch (error) {
      faults.set(name, `${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { pairs: read, faults };
}

async function readBounded(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES} bytes`);
  return readFile(file, "utf8");
}
