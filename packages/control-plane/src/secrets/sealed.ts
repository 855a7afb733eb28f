import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Where a secret stands. Bound into the ciphertext, so that a sealed value moved to another row or column does not open. */
export interface SecretPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** A secret at rest: AES-256-GCM (SP 800-38D), 96-bit random nonce, nonce ‖ ciphertext ‖ tag. */
interface Sealed {
  readonly bytes: Buffer;
  /** Which master key opens it. */
  readonly keyId: string;
}

/** Seals and opens secrets with the installation's master key. */
export interface SecretBox {
  /** Id of the key that seals now. */
  readonly keyId: string;
  seal(plaintext: string, place: SecretPlace): Sealed;
  /** @throws Error when the key is another one, the place differs, or a byte was changed. */
  open(sealed: Sealed, place: SecretPlace): string;
}

const aadOf = (place: SecretPlace, keyId: string): Buffer => Buffer.from(JSON.stringify([place.table, place.row, place.column, keyId]));

/** @param masterKey 32 bytes. @throws Error for any other length. */
export function createSecretBox(masterKey: Buffer): SecretBox {
  if (masterKey.length !== KEY_BYTES) throw new Error("The master key must have 32 bytes (SALLYPORT_MASTER_KEY, base64).");
  const keyId = createHash("sha256").update("sallyport master key id\0").update(masterKey).digest("hex").slice(0, 16);
  return {
    keyId,
    seal(plaintext, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", masterKey, nonce, { authTagLength: TAG_BYTES }).setAAD(aadOf(place, keyId));
      return { bytes: Buffer.concat([nonce, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]), keyId };
    },
    open(sealed, place) {
      if (sealed.keyId !== keyId) throw new Error(`The secret was sealed with master key ${sealed.keyId}; this installation runs with ${keyId}.`);
      const { bytes } = sealed;
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error("The sealed secret is too short to be one.");
      const decipher = createDecipheriv("aes-256-gcm", masterKey, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(aadOf(place, keyId))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
    },
  };
}
