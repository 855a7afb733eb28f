import { randomUUID } from "node:crypto";
import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { SignJWT } from "jose";
import type { NodeKey } from "./node-key.js";

/** Life of a token, seconds: the calls that it is used for, and the clocks' difference. */
const LIFETIME_SECONDS = 60;
/** How long calls use the same one, ms: what is left of its life is for the way and for the clocks. */
const REUSE_MS = 30_000;

/** The assertion that authenticates a call (RFC 7523 §3: iss = sub = node id, aud, exp, iat, jti), signed with the node's own key. */
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

/**
 * Tokens of one node: calls within half a token's life share it, so that each side computes one signature for them.
 * @param keyOf the key that the node uses now
 */
export function createNodeTokens(keyOf: () => NodeKey, clock: { now(): number }): (nodeId: string) => Promise<string> {
  let last: { readonly nodeId: string; readonly key: NodeKey; readonly signedAtMs: number; readonly token: Promise<string> } | null = null;
  return (nodeId) => {
    const now = clock.now();
    const key = keyOf();
    // A clock that was set back would have it live on.
    const fits = last !== null && last.nodeId === nodeId && last.key === key;
    if (last !== null && fits && now >= last.signedAtMs && now - last.signedAtMs < REUSE_MS) return last.token;
    last = { nodeId, key, signedAtMs: now, token: signNodeToken(key, nodeId, now) };
    return last.token;
  };
}
