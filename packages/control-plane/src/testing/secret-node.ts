import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { ENCRYPTION_KEY_TYP } from "@sallyport/snapshot";
import { CompactSign } from "jose";
import type { ControlPlane } from "../control-plane.js";
import { admin } from "./test-fleet.js";
import { enrolmentOf, makeNodeKey, type NodeKey } from "./test-node.js";

/** A node as far as it takes secrets. */
export interface SecretNode {
  readonly key: NodeKey;
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly statement: string;
}

export async function statementOf(signer: NodeKey, publicKey: KeyObject, typ: string = ENCRYPTION_KEY_TYP): Promise<string> {
  const { kty, crv, x } = publicKey.export({ format: "jwk" });
  return new CompactSign(new TextEncoder().encode(JSON.stringify({ kty, crv, x })))
    .setProtectedHeader({ alg: "EdDSA", typ, kid: signer.publicKey.kid })
    .sign(signer.privateKey);
}

/** @param options.stated the node tells the key that it decrypts with when it enrols */
export async function joinSecretNode(cp: ControlPlane, name: string, { stated = true, group = "default" } = {}): Promise<SecretNode> {
  const key = await makeNodeKey();
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const statement = await statementOf(key, publicKey);
  const { token } = await cp.joinTokens.create(admin, { group, label: name });
  const request = await enrolmentOf(key, token, Date.now(), { name });
  const client = { ip: "198.51.100.7", userAgent: null, requestId: "test" };
  const { nodeId } = await cp.nodeApi.enrol(stated ? { ...request, encryptionKey: statement } : request, client);
  return { key, id: nodeId, privateKey, statement };
}
