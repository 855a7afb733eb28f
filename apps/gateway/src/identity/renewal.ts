import { NODE_TOKEN_AUDIENCE, RENEWAL_TYP, type RenewalClaims } from "@sallyport/snapshot/protocol";
import { CompactSign } from "jose";
import type { NodeKey } from "./node-key.js";
import type { KeyPair } from "./node-keys.js";

const sign = (key: NodeKey, payload: string): Promise<string> =>
  new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: "EdDSA", typ: RENEWAL_TYP, kid: key.publicJwk.kid })
    .sign(key.privateKey);

/** That `next` takes the place of `present`: one text that proves both, made anew for each attempt (RFC 8555 §7.3.5). */
export async function signRenewal(present: KeyPair, next: KeyPair, { nodeId, nowMs }: { nodeId: string; nowMs: number }): Promise<string> {
  const claims: RenewalClaims = {
    aud: NODE_TOKEN_AUDIENCE,
    sub: nodeId,
    oldKid: present.signing.publicJwk.kid,
    newKey: next.signing.publicJwk,
    encryptionKey: next.encryption.statement,
    iat: Math.floor(nowMs / 1_000),
  };
  return sign(present.signing, await sign(next.signing, JSON.stringify(claims)));
}
