import type { SignatureAlgorithm } from "@sallyport/snapshot";
import type { CompiledIdentityProvider, CompiledSnapshot } from "../compiled.js";
import type { SecurityFinding } from "../decision.js";
import type { RequestFacts } from "../facts.js";
import { type Claims, refuseByContent } from "../jwt/claims.js";
import { parseToken } from "../jwt/parse-token.js";
import { refuseByTenantClaim } from "../match-tenant.js";
import { Passage } from "../passage.js";
import type { Ports } from "../ports.js";
import { Refusal } from "../refusal.js";
import type { EndpointRequest } from "./admit-endpoint.js";
import { verifySignedToken } from "./verify-signed-token.js";

/** What the callback knows of the login whose ID token this must be. */
export interface IdTokenExpectation {
  readonly idp: CompiledIdentityProvider;
  readonly clientId: string;
  readonly nonce: string;
  /** That the token endpoint granted. */
  readonly scopes: readonly string[];
}

export type IdTokenVerdict = { readonly findings: readonly SecurityFinding[] } & (
  | { readonly ok: true; readonly subject: string; readonly claims: Claims; readonly algorithm: SignatureAlgorithm }
  | { readonly ok: false; readonly code: Refusal["code"]; readonly detail: string }
);

/**
 * The ID token of a login (OpenID Connect Core 1.0 §3.1.3.7), by the very code that verifies access tokens; then the rules that any token
 * of this IdP is under: subject, required claims, and the tenant's (BEHAVIOUR §4). `at_hash` is the caller's to compare.
 */
export async function verifyIdToken(
  at: { readonly compiled: CompiledSnapshot; readonly facts: RequestFacts; readonly ports: Ports; readonly request: EndpointRequest },
  token: string,
  expected: IdTokenExpectation,
): Promise<IdTokenVerdict> {
  const { compiled, facts, ports, request } = at;
  const { idp, clientId, nonce, scopes } = expected;
  const passage = new Passage(compiled, facts, ports);
  passage.tenant = request.tenant;
  const refuse = ({ code, detail }: Refusal): IdTokenVerdict => ({ ok: false, code, detail, findings: passage.findings });

  if (token.length > compiled.edge.maxTokenBytes) return refuse(new Refusal("invalid_token", "the ID token is longer than the fleet allows"));
  const parsed = parseToken(passage, token);
  if (parsed instanceof Refusal) return refuse(parsed);
  const signed = await verifySignedToken(passage, idp, parsed, { clientId, types: ["jwt"] });
  if (signed instanceof Refusal) return refuse(signed);
  const { claims, header } = parsed;
  if (!Object.hasOwn(claims, "nonce") || claims.nonce !== nonce) return refuse(new Refusal("invalid_token", "nonce is not that of this login"));
  const refusal = refuseByContent(idp, claims, null, scopes) ?? refuseByTenantClaim(passage, idp, claims);
  if (refusal !== null) return refuse(refusal);
  return { ok: true, subject: String(claims.sub), claims, algorithm: header.algorithm, findings: passage.findings };
}
