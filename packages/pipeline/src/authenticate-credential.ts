import type { CompiledRoute } from "./compiled.js";
import { introspectingProvider, introspectToken } from "./introspection/introspect-token.js";
import { type TokenVerdict, verifyToken } from "./jwt/verify-token.js";
import type { Passage } from "./passage.js";
import { digestOf, recallFromCache, recallFromConnection, remember, rememberOnConnection } from "./recall.js";
import { Refusal } from "./refusal.js";
import type { Unauthenticated, VerifiedCredential } from "./verified-credential.js";

type BearerVerdict = VerifiedCredential | Refusal | Unauthenticated;

/**
 * Bearer token → verified credential, the cheapest way first: this connection's last, the node's cache, verification.
 * @param authorization the whole field value, under which the connection remembers
 */
export function authenticateBearer(
  passage: Passage,
  route: CompiledRoute,
  authorization: string,
  token: string,
): BearerVerdict | Promise<BearerVerdict> {
  const last = recallFromConnection(passage, route, authorization);
  if (last !== null) return last;
  if (token.length > passage.compiled.edge.maxTokenBytes) return new Refusal("invalid_token", "the token is longer than the fleet allows");
  const digest = digestOf(passage, token, route.introspecting === null);
  const cached = recallFromCache(passage, route, digest);
  if (cached !== null) {
    rememberOnConnection(passage, cached, authorization);
    return cached;
  }
  const asked = introspectingProvider(passage, route, token);
  if (asked !== null) return introspectToken(passage, route, asked, { token, digest });
  const keep = (verdict: TokenVerdict): TokenVerdict => {
    if (!(verdict instanceof Refusal)) remember(passage, verdict, authorization, digest);
    return verdict;
  };
  const verdict = verifyToken(passage, route, token);
  return verdict instanceof Promise ? verdict.then(keep) : keep(verdict);
}
