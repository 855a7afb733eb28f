import { admit } from "../admit/admit.js";
import type { CompiledIdentityProvider, CompiledRoute, CompiledSnapshot, CompiledTenant } from "../compiled.js";
import { requestUri } from "../dpop/request-uri.js";
import { readProof } from "../dpop/verify-proof.js";
import { extractBearer, hasDpopScheme } from "../extract-bearer.js";
import type { RequestFacts } from "../facts.js";
import { audiencesOf, type Claims, issuerOf } from "../jwt/claims.js";
import { type ParsedToken, parseToken } from "../jwt/parse-token.js";
import { matchRoute } from "../match-route.js";
import { Passage } from "../passage.js";
import type { Ports } from "../ports.js";
import { Refusal } from "../refusal.js";
import { resolveTenant } from "../resolve-tenant.js";

/** What a request presents, read without believing any of it: for people who look at a decision, never for the decision. */
export interface Seen {
  readonly compiled: CompiledSnapshot;
  readonly ports: Ports;
  readonly tenant: CompiledTenant;
  readonly route: CompiledRoute | null;
  readonly authorization: string | null;
  /** A well-formed JWT; null without one. */
  readonly token: ParsedToken | null;
  readonly issuer: string | null;
  readonly audiences: readonly string[];
  /** The token was sent with the scheme DPoP. */
  readonly usesDpop: boolean;
  /** The claims of the one proof that came with it; null without one that can be read. */
  readonly proof: Claims | null;
  /** What a proof must be for. */
  readonly uri: string;
  /** The route's identity provider that the token is for by issuer, and where there are several by audience. */
  readonly idp: CompiledIdentityProvider | null;
}

/** Null where not even the tenant is known. */
export function lookAgain(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports): Seen | null {
  const passage = new Passage(compiled, { ...facts, connection: null }, ports);
  const request = admit(passage);
  if (request instanceof Refusal) return null;
  const resolved = resolveTenant(passage, request);
  if (resolved instanceof Refusal) return null;
  const found = matchRoute(resolved.tenant, resolved.path, facts.method);
  const route = found instanceof Refusal ? null : found;
  const { authorization } = request;
  const bearer = extractBearer(authorization);
  const parsed = typeof bearer === "string" ? parseToken(passage, bearer) : null;
  const token = parsed instanceof Refusal ? null : parsed;
  const issuer = token === null ? null : issuerOf(token.claims);
  const audiences = token === null ? [] : (audiencesOf(token.claims) ?? []);
  const ofIssuer = route?.identityProviders.get(issuer ?? "") ?? [];
  const idp = ofIssuer.find((each) => audiences.some((audience) => each.audiences.has(audience))) ?? ofIssuer[0] ?? null;
  const usesDpop = authorization !== null && hasDpopScheme(authorization);
  const read = usesDpop ? readProof(passage, request) : null;
  const proof = read === null || read instanceof Refusal ? null : read.claims;
  return {
    ...{ compiled, ports, tenant: resolved.tenant, route, authorization, token, issuer, audiences, idp },
    ...{ usesDpop, proof, uri: requestUri(passage, request) },
  };
}
