import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { ENCRYPTION_KEY_TYP, x25519PublicJwk } from "@sallyport/snapshot";
import { CompactSign } from "jose";
import type { Logger } from "pino";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";
import type { NodeKey } from "./node-key.js";

/** The node's X25519 key: content keys come encrypted to it. The private half never leaves the node. */
export interface EncryptionKey {
  readonly privateKey: KeyObject;
  /** What the control plane is told: a compact JWS over the public half, signed with the node's own key. The same text for the same key. */
  readonly statement: string;
}

/** As it stands in a file. */
export const storedEncryptionKey = z.strictObject({ kty: z.literal("OKP"), crv: z.literal("X25519"), x: z.string(), d: z.string() });
type StoredKey = z.output<typeof storedEncryptionKey>;

const jwkOf = (key: KeyObject): StoredKey => storedEncryptionKey.parse(key.export({ format: "jwk" }));
const newKey = (): StoredKey => jwkOf(generateKeyPairSync("x25519").privateKey);

export const encryptionKeyPath = (keyDir: string): string => join(keyDir, "encryption-key.json");
export const encryptionKeyText = ({ privateKey }: EncryptionKey): string => `${JSON.stringify(jwkOf(privateKey))}\n`;

/** @param nodeKey signs its statement */
export const makeEncryptionKey = (nodeKey: NodeKey): Promise<EncryptionKey> => encryptionKeyOf(newKey(), nodeKey);

/**
 * The key in `<keyDir>/encryption-key.json` (mode 0600), made where there is none: at the first start, and at a node that was enrolled
 * before it had one. A file that is no such key is replaced, unlike the node's own key: the control plane encrypts anew to whatever
 * the node states.
 */
export async function loadEncryptionKey(keyDir: string, nodeKey: NodeKey, logger: Logger): Promise<EncryptionKey> {
  const path = encryptionKeyPath(keyDir);
  const text = await readIfThere(path);
  const stored = text === null ? null : usable(parseJson(text));
  if (stored !== null) return encryptionKeyOf(stored, nodeKey);
  if (text !== null) logger.warn({ path }, "the encryption key cannot be read; the node makes another");
  const made = await makeEncryptionKey(nodeKey);
  await writeAtomically(path, encryptionKeyText(made));
  return made;
}

/** Node checks that the halves belong together only when it uses them: the public one is made from the private one here. */
function usable(value: unknown): StoredKey | null {
  const parsed = storedEncryptionKey.safeParse(value);
  if (!parsed.success) return null;
  try {
    const made = jwkOf(createPrivateKey({ key: parsed.data, format: "jwk" }));
    return made.x === parsed.data.x ? made : null;
  } catch {
    return null;
  }
}

export async function encryptionKeyOf(jwk: StoredKey, nodeKey: NodeKey): Promise<EncryptionKey> {
  const publicHalf = x25519PublicJwk.parse({ kty: jwk.kty, crv: jwk.crv, x: jwk.x });
  const statement = await new CompactSign(new TextEncoder().encode(JSON.stringify(publicHalf)))
    .setProtectedHeader({ alg: "EdDSA", typ: ENCRYPTION_KEY_TYP, kid: nodeKey.publicJwk.kid })
    .sign(nodeKey.privateKey);
  return { privateKey: createPrivateKey({ key: jwk, format: "jwk" }), statement };
}
