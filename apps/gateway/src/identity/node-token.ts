import { randomUUID } from "node:crypto";
import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { SignJWT } from "jose";
import type { NodeKey } from "./node-key.js";

/** Life of a token, seconds: one call, and the clocks' difference. */
const LIFETIME_SECONDS = 60;

/** The assertion that authenticates one call (RFC 7523 §3: iss = sub, aud, exp, iat, jti), signed with the node's own key. */
export function signNodeToken(key: NodeKey, nodeId: string, nowMs: number): Promise<string> {
  const seconds = Math.floor(nowMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", typ: NODE_TOKEN_TYP, kid: key.publicJwk.kid })
    .setIssuer(nodeId)
    .setSubject(nodeId)
    .setAudience(NODE_TOKEN_AUDIENCE)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIFETIME_SECONDS)
    .setJti(randomUUID())
    .sign(key.privateKey);
}
