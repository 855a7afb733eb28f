import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Which secret of whom, for which nodes. All of it is bound into the ciphertext: moved anywhere else, it does not open. */
export interface SealedSecretPlace {
  readonly fleet: string;
  /** Node group. */
  readonly group: string;
  /** Slug. */
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
}

/**
 * The commitment by which a content key is named: hex SHA-256 of the key behind a prefix of its own. It tells nothing of the key, which
 * has 256 bits of entropy, and only this one key comes out for it.
 * @param key 32 bytes. @throws Error for any other length
 */
export function contentKeyId(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new Error("A content key has 32 bytes.");
  return createHash("sha256").update("sallyport content key v1\0").update(key).digest("hex");
}

const aadOf = ({ fleet, group, tenant, name, version }: SealedSecretPlace, keyId: string): Buffer =>
  Buffer.from(JSON.stringify(["sallyport secret v1", fleet, group, keyId, tenant, name, version]));

/**
 * Seals a secret for the nodes of one group: AES-256-GCM (SP 800-38D) with a random nonce of 96 bits.
 * @param key the group's content key, 32 bytes
 * @returns base64url of nonce ‖ ciphertext ‖ tag
 */
export function sealSecret(key: Uint8Array, place: SealedSecretPlace, plaintext: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(aadOf(place, contentKeyId(key)));
  return Buffer.concat([nonce, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** The secret; null when the key is another one, the place differs, or a byte was changed. */
export function openSecret(key: Uint8Array, place: SealedSecretPlace, sealed: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  if (key.length !== KEY_BYTES || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(aadOf(place, contentKeyId(key)))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plaintext, decipher.final()]).toString("utf8");
  } catch {
    // The tag does not fit: node:crypto says so by throwing, and by nothing else here.
    return null;
  }
}
