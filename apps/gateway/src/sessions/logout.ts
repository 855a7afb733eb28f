import { isOpaqueId, sessionCookieOf, verifyLogoutToken } from "@sallyport/pipeline";
import { type Endpoint, loginProviders, originOf, redirect, refusal, type SessionDeps } from "./endpoint.js";
import { digestOfId } from "./opaque-id.js";
import { readForm } from "./read-form.js";
import { clearedCookie } from "./set-cookie.js";

/**
 * `POST /.sallyport/logout`: ends the browser's session here, then at the IdP (RP-Initiated Logout 1.0), which is asked to send the browser
 * back to the start page. POST of a page of this origin only: a link or a form from elsewhere signs nobody out.
 */
export const logout: Endpoint = async (call, deps) => {
  const { request } = call;
  if (request.fromElsewhere) return refusal("bad_request", "a page of another origin sent the logout");
  const { tenant } = request;
  let name: string | null = null;
  for (const id of request.cookies(sessionCookieOf(tenant.slug))) {
    if (!isOpaqueId(id)) continue;
    const found = await deps.store.sessions.get(tenant.slug, digestOfId(id));
    if (found.state === "live") name = found.session.identityProvider;
    await deps.store.sessions.remove(tenant.slug, digestOfId(id));
  }
  const idp = loginProviders(request).find((each) => each.name === name);
  const there = idp === undefined ? null : await deps.login.endSessionUrl(idp, { postLogoutRedirectUri: `${originOf(call)}/` });
  return redirect(303, there ?? "/", [clearedCookie(sessionCookieOf(tenant.slug))]);
};

/** Beyond a logout token's own end: clocks differ. */
const REPLAY_MARGIN_MS = 120_000;

/** `POST /.sallyport/backchannel-logout`: somebody signed out at the IdP, which says so to us (Back-Channel Logout 1.0 §2.5). */
export const backchannelLogout: Endpoint = async (call, deps) => {
  const { compiled, facts, request, message, goOn } = call;
  const form = await readForm(message, goOn);
  const token = form?.get("logout_token");
  if (token === undefined) return refusal("logout_token_refused", "no form with one logout_token");
  const verdict = await verifyLogoutToken({ compiled, facts, ports: deps.ports, request }, token);
  const { findings } = verdict;
  if (!verdict.ok) {
    const code = verdict.code === "idp_unavailable" ? verdict.code : "logout_token_refused";
    return { code, detail: `${verdict.code}: ${verdict.detail}`, findings };
  }
  const seen = `logout-${digestOfId(`${verdict.idp.name}\n${verdict.tokenId}`)}`;
  const lifeMs = Math.max(0, verdict.expiresAtMs - deps.ports.clock.now()) + REPLAY_MARGIN_MS;
  const { count } = await deps.store.counters.increment(request.tenant.slug, seen, lifeMs);
  if (count > 1) return { ...refusal("logout_token_refused", "the logout token was used before"), findings };
  try {
    await endSessions(deps, request.tenant.slug, verdict);
  } catch (error) {
    // The IdP may send it again: it was not used.
    await deps.store.counters.reset(request.tenant.slug, seen).catch(() => undefined);
    throw error;
  }
  return { status: 200, headers: [], findings };
};

interface Ended {
  readonly idp: { readonly name: string };
  readonly idpSession: string | null;
  readonly subject: string | null;
}

function endSessions({ store }: SessionDeps, tenant: string, { idp, idpSession, subject }: Ended): Promise<number> {
  const identityProvider = idp.name;
  if (idpSession !== null) return store.sessions.removeOfIdpSession(tenant, { identityProvider, idpSession });
  return subject === null ? Promise.resolve(0) : store.sessions.removeOfSubject(tenant, { identityProvider, subject });
}
