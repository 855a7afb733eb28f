import type { CompiledIdentityProvider } from "../compiled.js";
import { audiencesOf, type Claims, issuerOf, refuseByTime, timesOf } from "../jwt/claims.js";
import type { ParsedToken } from "../jwt/parse-token.js";
import { selectKey } from "../jwt/select-key.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";

const invalid = (detail: string): Refusal => new Refusal("invalid_token", detail);
const own = (claims: Claims, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);

/**
 * A JWT that an IdP signed for our client there: the steps of BEHAVIOUR 3a with the client id as audience (OpenID Connect Core 1.0
 * §3.1.3.7). `typ`, when present, must be one of `types`, in lower case. Null when all of it holds; `exp` is the one that is returned.
 */
export async function verifySignedToken(
  passage: Passage,
  idp: CompiledIdentityProvider,
  parsed: ParsedToken,
  { clientId, types }: { readonly clientId: string; readonly types: readonly string[] },
): Promise<{ readonly expiresAtMs: number } | Refusal> {
  const { ports } = passage;
  const { header, claims, jws } = parsed;
  if (!idp.algorithms.has(header.algorithm)) return invalid("the algorithm is not in the identity provider's allow-list");
  if (header.type !== null && !types.includes(header.type)) return invalid("typ says that it is another kind of token");
  if (issuerOf(claims) !== idp.issuer) return invalid("iss is not the identity provider's issuer");
  const audiences = audiencesOf(claims);
  if (audiences === null || !audiences.includes(clientId)) return invalid("aud does not hold our client id");
  const azp = own(claims, "azp");
  if (azp === undefined ? audiences.length > 1 : azp !== clientId) return invalid("azp is not our client id");
  const times = timesOf(claims);
  if (times instanceof Refusal) return times;
  const early = refuseByTime(times, idp.clockToleranceMs, ports.clock.now());
  if (early !== null) return early;
  const selected = await selectKey(idp, parsed, ports);
  if (selected instanceof Refusal) return selected;
  if (ports.signatures.verify(header.algorithm, selected.key, jws.signingInput, jws.signature) !== true)
    return invalid("the signature does not verify");
  // The key may have been waited for: time is looked at again.
  return refuseByTime(times, idp.clockToleranceMs, ports.clock.now()) ?? { expiresAtMs: times.expiresAtMs };
}
