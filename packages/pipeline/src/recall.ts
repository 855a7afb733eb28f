import type { CompiledRoute } from "./compiled.js";
import { VerifiedToken } from "./jwt/verified-token.js";
import type { Passage } from "./passage.js";

/** Shorter than any digest that can be trusted to tell tokens apart. */
const MIN_DIGEST_LENGTH = 32;

/** SHA-256 of a whole credential, so that another spelling of a signature is another credential. @param isToken see `Ports.tokenDigest` */
export function digestOf({ ports }: Passage, credential: string, isToken = false): string {
  const digest = isToken ? ports.tokenDigest(credential) : ports.digest(credential);
  if (digest.length < MIN_DIGEST_LENGTH) throw new Error("the digest port gave no digest");
  return digest;
}

/** What this connection verified last, when it is the same credential, still good, and of an IdP that this route takes. */
export function recallFromConnection(passage: Passage, route: CompiledRoute, authorization: string): VerifiedToken | null {
  const memo = passage.facts.connection;
  if (memo === null || memo.authorization !== authorization) return null;
  const verified = memo.verified;
  if (!(verified instanceof VerifiedToken) || !route.candidates.includes(verified.idp)) return null;
  return isStillGood(passage, verified) ? verified : null;
}

/** The same out of the node's cache, where each entry is that of one IdP of one tenant. */
export function recallFromCache(passage: Passage, route: CompiledRoute, digest: string): VerifiedToken | null {
  for (const idp of route.candidates) {
    const verified = passage.ports.tokens.get(idp.id, digest);
    // The very object: an IdP that was compiled again, of another epoch, is another one.
    if (verified instanceof VerifiedToken && verified.idp === idp && isStillGood(passage, verified)) return verified;
  }
  return null;
}

/** Keeps what verified. Failures stay out: they would let a flood of bad tokens push the good ones away. */
export function remember(passage: Passage, verified: VerifiedToken, authorization: string, digest: string): void {
  passage.ports.tokens.set(verified.idp.id, digest, verified);
  rememberOnConnection(passage, verified, authorization);
}

export function rememberOnConnection(passage: Passage, verified: VerifiedToken, authorization: string): void {
  const memo = passage.facts.connection;
  if (memo === null) return;
  memo.authorization = authorization;
  memo.verified = verified;
}

/** Within its time, and verified by the keys that are in use now: without usable keys nothing is remembered as good. */
function isStillGood({ ports }: Passage, verified: VerifiedToken): boolean {
  if (!verified.isTimely(ports.clock.now())) return false;
  return ports.keys.current(verified.idp)?.generation === verified.keyGeneration;
}
