import { timingSafeEqual } from "node:crypto";
import { type CompiledIdentityProvider, isOpaqueId, LOGIN_COOKIE, sessionCookieOf, verifyIdToken } from "@sallyport/pipeline";
import { atHashOf } from "./at-hash.js";
import {
  type Endpoint,
  type EndpointAnswer,
  type EndpointCall,
  loginProviders,
  parametersOf,
  redirect,
  refusal,
  type SessionDeps,
} from "./endpoint.js";
import { type LoginAttempt, readAttempt } from "./login-attempt.js";
import { digestOfId, newOpaqueId } from "./opaque-id.js";
import type { SessionData } from "./session-source.js";
import { setCookie } from "./set-cookie.js";

/** Of one login only, and nobody's to read later. */
const LOGIN_CLAIMS = new Set(["nonce", "at_hash", "c_hash", "s_hash"]);
const IDP_SESSION = /^[\x20-\x7e]{1,255}$/;

/**
 * `GET /.sallyport/callback`: what the IdP sent back becomes a session, or nothing does. In order: the login that was begun, taken once and
 * by the browser that began it; the issuer that answers (RFC 9207); the code, for tokens; the ID token; a new session id.
 */
export const completeLogin: Endpoint = async (call, deps) => {
  const { request } = call;
  const parameters = parametersOf(request.query);
  const state = parameters?.get("state");
  if (parameters === null || state === undefined || !isOpaqueId(state))
    return refusal("login_failed", "no state, or a parameter that is there twice");
  const attempt = readAttempt(await deps.store.logins.take(request.tenant.slug, digestOfId(state)));
  if (attempt === null) return refusal("login_failed", "no login of this tenant has this state: run out, used before, or never begun");
  if (!isBrowserOf(attempt, request.cookies(LOGIN_COOKIE))) return refusal("login_failed", "another browser began this login");
  const idp = loginProviders(request).find(({ name, issuer }) => name === attempt.identityProvider && issuer === attempt.issuer);
  if (idp === undefined) return refusal("login_failed", "the identity provider of this login is gone, disabled or another one");
  if (!(await deps.login.isIssuerOfResponse(idp, parameters.get("iss") ?? null)))
    return refusal("login_failed", "iss is not the issuer that this login went to, or is missing");
  const error = parameters.get("error");
  if (error !== undefined) return refusal("login_failed", `the identity provider answered ${JSON.stringify(error.slice(0, 64))}`);
  const code = parameters.get("code");
  if (code === undefined || code === "") return refusal("login_failed", "the answer has no code");
  return exchangeForSession(call, deps, { idp, attempt, code });
};

function isBrowserOf({ browser }: LoginAttempt, [cookie, second]: readonly string[]): boolean {
  if (cookie === undefined || second !== undefined || !isOpaqueId(cookie)) return false;
  return timingSafeEqual(Buffer.from(digestOfId(cookie)), Buffer.from(browser.padEnd(64).slice(0, 64)));
}

interface Answered {
  readonly idp: CompiledIdentityProvider;
  readonly attempt: LoginAttempt;
  readonly code: string;
}

async function exchangeForSession(call: EndpointCall, deps: SessionDeps, { idp, attempt, code }: Answered): Promise<EndpointAnswer> {
  const { compiled, facts, request } = call;
  const { tenant } = request;
  const tokens = await deps.login.exchange(idp, { code, verifier: attempt.verifier, redirectUri: attempt.redirectUri });
  if (!tokens.ok) return refusal(tokens.unavailable ? "idp_unavailable" : "login_failed", tokens.detail);
  const clientId = idp.spec.login?.client.clientId ?? "";
  const expected = { idp, clientId, nonce: attempt.nonce, scopes: tokens.scopes };
  const verdict = await verifyIdToken({ compiled, facts, ports: deps.ports, request }, tokens.idToken, expected);
  const { findings } = verdict;
  if (!verdict.ok) {
    // What the browser is told is what it can do something about; which check failed stands in the log.
    const code = verdict.code === "idp_unavailable" || verdict.code === "tenant_mismatch" ? verdict.code : "login_failed";
    return { code, detail: `the ID token: ${verdict.code}: ${verdict.detail}`, findings };
  }
  const { claims, subject, algorithm } = verdict;
  if (Object.hasOwn(claims, "at_hash") && claims.at_hash !== atHashOf(tokens.accessToken, algorithm))
    return { ...refusal("login_failed", "at_hash is not that of the access token"), findings };

  // A new id at each login; what the browser held before is worth nothing from now on.
  for (const old of request.cookies(sessionCookieOf(tenant.slug)))
    if (isOpaqueId(old)) await deps.store.sessions.remove(tenant.slug, digestOfId(old));
  const id = newOpaqueId();
  const data: SessionData = {
    claims: Object.fromEntries(Object.entries(claims).filter(([name]) => !LOGIN_CLAIMS.has(name))),
    scopes: [...tokens.scopes],
  };
  const { sid } = claims;
  const session = {
    ...{ identityProvider: idp.name, issuer: idp.issuer, subject },
    idpSession: Object.hasOwn(claims, "sid") && typeof sid === "string" && IDP_SESSION.test(sid) ? sid : null,
    data: JSON.stringify(data),
  };
  await deps.store.sessions.create(tenant.slug, digestOfId(id), session, compiled.edge.sessions);
  return { ...redirect(303, attempt.returnTo, [setCookie(sessionCookieOf(tenant.slug), id, null)]), findings };
}
