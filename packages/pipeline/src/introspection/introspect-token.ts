import type { CompiledIdentityProvider, CompiledRoute } from "../compiled.js";
import { audiencesOf, issuerOf } from "../jwt/claims.js";
import { parseToken } from "../jwt/parse-token.js";
import type { Passage } from "../passage.js";
import type { Introspected } from "../ports.js";
import { Refusal } from "../refusal.js";
import { Unauthenticated, type VerifiedCredential } from "../verified-credential.js";
import { verifyIntrospected } from "./verify-introspected.js";

type Verdict = VerifiedCredential | Refusal | Unauthenticated;

const JWT_SEGMENTS = 3;
/** RFC 6750 §2.1, `b64token`. Nothing else is a token, and nobody is asked about it: each spelling would be another question. */
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The IdP that a token is asked about; null when it is verified inline. A token in three segments is a JWT. With `tokens: all` JWTs are
 * asked about as well, but for those of an issuer and an audience that the route verifies itself.
 */
export function introspectingProvider(passage: Passage, route: CompiledRoute, token: string): CompiledIdentityProvider | null {
  const idp = route.introspecting;
  if (idp === null) return null;
  if (token.split(".", JWT_SEGMENTS + 1).length !== JWT_SEGMENTS) return idp;
  if (idp.spec.introspection?.tokens !== "all") return null;
  // Whatever is wrong with it as a JWT is the IdP's to judge; an attack on the algorithm is reported all the same.
  const parsed = parseToken(passage, token);
  if (parsed instanceof Refusal) return idp;
  const inline = route.identityProviders.get(issuerOf(parsed.claims) ?? "") ?? [];
  const audiences = audiencesOf(parsed.claims) ?? [];
  return inline.some((other) => audiences.some((audience) => other.audiences.has(audience))) ? null : idp;
}

/** RFC 7662: the IdP says whether the token is active; what it says is held to the rules of BEHAVIOUR 3b. */
export function introspectToken(
  passage: Passage,
  route: CompiledRoute,
  idp: CompiledIdentityProvider,
  { token, digest }: { readonly token: string; readonly digest: string },
): Verdict | Promise<Verdict> {
  if (!B64TOKEN.test(token)) return new Refusal("invalid_token", "the token has not the form of a bearer token");
  const answer = passage.ports.introspection.introspect(idp, digest, token);
  const judge = (introspected: Introspected): Verdict => judgeAnswer(passage, route, { idp, token }, introspected);
  return answer instanceof Promise ? answer.then(judge) : judge(answer);
}

interface Asked {
  readonly idp: CompiledIdentityProvider;
  readonly token: string;
}

function judgeAnswer(passage: Passage, route: CompiledRoute, asked: Asked, answer: Introspected): Verdict {
  switch (answer.state) {
    case "active":
      return verifyIntrospected(passage, asked.idp, asked.token, answer.token);
    case "inactive":
      return new Refusal("inactive_token", "the identity provider says that the token is not active");
    case "unavailable":
      return degrade(passage, route, asked, answer);
    default:
      return answer satisfies never;
  }
}

/** BEHAVIOUR 3b, while nothing can be asked. Anything but the two named exceptions refuses. */
function degrade(passage: Passage, route: CompiledRoute, { idp, token }: Asked, answer: Extract<Introspected, { state: "unavailable" }>): Verdict {
  const { behaviour, cachedAnswerMaxAgeMs } = route.introspectionFallback;
  const unavailable = new Refusal("idp_unavailable", answer.reason);
  switch (behaviour) {
    case "REJECT_ALL":
      return unavailable;
    case "USE_CACHED_OR_REJECT": {
      const { last } = answer;
      // Written so that a clock which is no number makes nothing young.
      if (last === null || !(passage.ports.clock.now() - last.askedAtMs <= cachedAnswerMaxAgeMs)) return unavailable;
      return verifyIntrospected(passage, idp, token, last);
    }
    case "PASS_THROUGH":
      // For an outage, not for whatever can be brought about by sending tokens.
      if (!answer.away) return unavailable;
      passage.report("pass_through_active", `requests pass unauthenticated: ${answer.reason}`, { identityProvider: idp.name, issuer: idp.issuer });
      return new Unauthenticated(answer.reason);
    default:
      return behaviour satisfies never;
  }
}
