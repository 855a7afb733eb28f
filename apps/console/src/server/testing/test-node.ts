import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A node's own key, and what it signs with it; just enough to speak to the control plane. */
export interface TestNode {
  readonly publicKey: Ed25519PublicJwk;
  /** Proof of possession for an enrolment with this join token. */
  proof(joinToken: string): string;
  /** The short-lived token of every later call. */
  token(nodeId: string, claims?: Record<string, unknown>): string;
}

export function createTestNode(): TestNode {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  // RFC 7638 §3: the required members in lexicographic order.
  const kid = createHash("sha256")
    .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))
    .digest("base64url");
  const now = (): number => Math.floor(Date.now() / 1_000);
  return {
    publicKey: { kty: "OKP", crv: "Ed25519", x, kid },
    proof: (joinToken) =>
      jws(privateKey, kid, { aud: NODE_TOKEN_AUDIENCE, sub: kid, iat: now(), joinTokenHash: createHash("sha256").update(joinToken).digest("hex") }),
    token: (nodeId, claims = {}) =>
      jws(privateKey, kid, { iss: nodeId, sub: nodeId, aud: NODE_TOKEN_AUDIENCE, iat: now(), exp: now() + 50, ...claims }),
  };
}

function jws(key: KeyObject, kid: string, claims: Record<string, unknown>): string {
  const input = `${base64url({ alg: "EdDSA", typ: NODE_TOKEN_TYP, kid })}.${base64url(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
}
