import type { CompiledIdentityProvider, CompiledSnapshot } from "../compiled.js";
import type { SecurityFinding } from "../decision.js";
import type { RequestFacts } from "../facts.js";
import { audiencesOf, type Claims, issuerOf } from "../jwt/claims.js";
import { type ParsedToken, parseToken } from "../jwt/parse-token.js";
import { Passage } from "../passage.js";
import type { Ports } from "../ports.js";
import { Refusal } from "../refusal.js";
import type { EndpointRequest } from "./admit-endpoint.js";
import { verifySignedToken } from "./verify-signed-token.js";

const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const MAX_TEXT = 255;

export type LogoutTokenVerdict = { readonly findings: readonly SecurityFinding[] } & (
  | {
      readonly ok: true;
      readonly idp: CompiledIdentityProvider;
      /** Ends the sessions of one session at the IdP; without it, all of the subject there. */
      readonly idpSession: string | null;
      readonly subject: string | null;
      readonly tokenId: string;
      readonly expiresAtMs: number;
    }
  | { readonly ok: false; readonly code: Refusal["code"]; readonly detail: string }
);

const invalid = (detail: string): Refusal => new Refusal("logout_token_refused", detail);

/** A member's text; undefined when it is absent, null when it is there and no text of ours to compare. */
function textOf(claims: Claims, name: string): string | null | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT ? value : null;
}

/**
 * OpenID Connect Back-Channel Logout 1.0 §2.6: what a tenant's IdP says when somebody signs out there. Whether `jti` was seen before is
 * for the caller to ask the store.
 */
export async function verifyLogoutToken(
  at: { readonly compiled: CompiledSnapshot; readonly facts: RequestFacts; readonly ports: Ports; readonly request: EndpointRequest },
  token: string,
): Promise<LogoutTokenVerdict> {
  const { compiled, facts, ports, request } = at;
  const passage = new Passage(compiled, facts, ports);
  passage.tenant = request.tenant;
  const refuse = ({ code, detail }: Refusal): LogoutTokenVerdict => ({ ok: false, code, detail, findings: passage.findings });

  if (token.length > compiled.edge.maxTokenBytes) return refuse(invalid("the logout token is longer than the fleet allows"));
  const parsed = parseToken(passage, token);
  if (parsed instanceof Refusal) return refuse(parsed);
  const idp = providerOf(request, parsed);
  const clientId = idp?.spec.login?.client.clientId;
  if (idp === null || clientId === undefined) return refuse(invalid("no identity provider of the tenant has this issuer and client"));
  const signed = await verifySignedToken(passage, idp, parsed, { clientId, types: ["logout+jwt", "jwt"] });
  if (signed instanceof Refusal) return refuse(signed);
  const said = contentOf(parsed.claims);
  if (said instanceof Refusal) return refuse(said);
  return { ok: true, idp, ...said, expiresAtMs: signed.expiresAtMs, findings: passage.findings };
}

function contentOf(claims: Claims): { idpSession: string | null; subject: string | null; tokenId: string } | Refusal {
  // An ID token has no events, and a nonce here would make one of it.
  if (Object.hasOwn(claims, "nonce")) return invalid("a logout token has no nonce");
  const events = Object.hasOwn(claims, "events") ? claims.events : undefined;
  if (typeof events !== "object" || events === null || !Object.hasOwn(events, LOGOUT_EVENT))
    return invalid("events does not hold a back-channel logout");
  const event: unknown = Object.entries(events).find(([name]) => name === LOGOUT_EVENT)?.[1];
  if (typeof event !== "object" || event === null || Array.isArray(event)) return invalid("the logout event is no object");
  const idpSession = textOf(claims, "sid");
  const subject = textOf(claims, "sub");
  const tokenId = textOf(claims, "jti");
  if (idpSession === null || subject === null || (idpSession === undefined && subject === undefined))
    return invalid("neither sid nor sub says whose");
  if (typeof tokenId !== "string") return invalid("jti is missing");
  return { idpSession: idpSession ?? null, subject: subject ?? null, tokenId };
}

function providerOf({ tenant }: EndpointRequest, { claims }: ParsedToken): CompiledIdentityProvider | null {
  const issuer = issuerOf(claims);
  const audiences = audiencesOf(claims) ?? [];
  const login = [...tenant.identityProviders.values()].filter(({ spec }) => spec.login !== null);
  return login.find((idp) => idp.issuer === issuer && audiences.includes(idp.spec.login?.client.clientId ?? "")) ?? null;
}
