import type { CompiledRoute } from "./compiled.js";
import { type TokenVerdict, verifyToken } from "./jwt/verify-token.js";
import type { Passage } from "./passage.js";
import { digestOf, recallFromCache, recallFromConnection, remember, rememberOnConnection } from "./recall.js";
import { Refusal } from "./refusal.js";

/**
 * Bearer token → verified token, the cheapest way first: this connection's last, the node's cache, verification.
 * @param authorization the whole field value, under which the connection remembers
 */
export function authenticateBearer(
  passage: Passage,
  route: CompiledRoute,
  authorization: string,
  token: string,
): TokenVerdict | Promise<TokenVerdict> {
  const last = recallFromConnection(passage, route, authorization);
  if (last !== null) return last;
  if (token.length > passage.compiled.edge.maxTokenBytes) return new Refusal("invalid_token", "the token is longer than the fleet allows");
  const digest = digestOf(passage, token);
  const cached = recallFromCache(passage, route, digest);
  if (cached !== null) {
    rememberOnConnection(passage, cached, authorization);
    return cached;
  }
  const keep = (verdict: TokenVerdict): TokenVerdict => {
    if (!(verdict instanceof Refusal)) remember(passage, verdict, authorization, digest);
    return verdict;
  };
  const verdict = verifyToken(passage, route, token);
  return verdict instanceof Promise ? verdict.then(keep) : keep(verdict);
}
