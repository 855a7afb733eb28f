import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createTokenMint, type Jwk, type MintAlgorithm } from "./token-mint.js";

export interface PrivateJwks {
  readonly keys: readonly Jwk[];
}

/**
 * A new private key for each algorithm. Ed25519 keys go without `alg`: named `Ed25519` the provider could not sign `EdDSA`
 * with them, and the other way round.
 */
export function generateKeys(algorithms: readonly MintAlgorithm[]): PrivateJwks {
  return {
    keys: algorithms.map((alg) => {
      const { privateKey } = createTokenMint({ alg });
      const jwk = { ...privateKey.export({ format: "jwk" }), use: "sig", kid: `${alg.toLowerCase()}-${randomBytes(6).toString("hex")}` } as Jwk;
      return alg === "EdDSA" ? jwk : { ...jwk, alg };
    }),
  };
}

/** Keys of a file that only its owner can read, so that a restart keeps every `kid`; made when there is none. */
export async function loadOrGenerateKeys(file: string | undefined, algorithms: readonly MintAlgorithm[]): Promise<PrivateJwks> {
  if (file === undefined) return generateKeys(algorithms);
  try {
    return JSON.parse(await readFile(file, "utf8")) as PrivateJwks;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const made = generateKeys(algorithms);
  await saveKeys(file, made);
  return made;
}

export async function saveKeys(file: string, keys: PrivateJwks): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
