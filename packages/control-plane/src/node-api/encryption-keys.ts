import { ENCRYPTION_KEY_TYP, type X25519PublicJwk, x25519PublicJwk } from "@sallyport/snapshot";
import { type CryptoKey, compactVerify, decodeJwt, type KeyObject } from "jose";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { NodeRecord } from "./node-directory.js";

const refused = (reason: string): ServiceError =>
  new ServiceError("invalid", `The node's encryption key is not one: ${reason}.`, {
    issues: [{ path: "encryptionKey", message: `is not a key that the node stated: ${reason}` }],
  });

/**
 * A node's statement of the key that it decrypts with, proven to be its own: nobody on the way can put another in its place.
 * @param key the node's signing key
 * @throws ServiceError `invalid`
 */
export async function verifyEncryptionKey(statement: string, key: CryptoKey | KeyObject | Uint8Array): Promise<void> {
  const verified = await compactVerify(statement, key, { algorithms: ["EdDSA", "Ed25519"] }).catch(() => {
    throw refused("the signature does not verify");
  });
  if (verified.protectedHeader.typ !== ENCRYPTION_KEY_TYP) throw refused(`typ is not ${ENCRYPTION_KEY_TYP}`);
  if (!x25519PublicJwk.safeParse(decodeJwt(statement)).success) throw refused("it is no public X25519 JWK");
}

/** The key that a stored statement names; it was verified when it was stored. */
export const statedKey = (statement: string): X25519PublicJwk => x25519PublicJwk.parse(decodeJwt(statement));

/** Takes down what a node states that it decrypts with. A node that was enrolled before it had such a key states it with its next poll. */
export async function recordEncryptionKey(deps: ControlPlaneDeps, node: NodeRecord, statement: string | undefined): Promise<boolean> {
  // What a node stated by a key that it gave up is as old as that one.
  if (statement === undefined || statement === node.encryptionKey || node.isPrevious) return false;
  await verifyEncryptionKey(statement, node.key);
  await deps.data.fleet.node.update({ where: { id: node.id }, data: { encryptionKey: statement } });
  return true;
}
