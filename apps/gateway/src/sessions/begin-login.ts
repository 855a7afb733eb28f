import { addressBucket, CALLBACK_PATH, type EndpointRequest, isOpaqueId, LOGIN_COOKIE, type RateLimitState } from "@sallyport/pipeline";
import { takeExactly } from "@sallyport/state-store";
import { type Endpoint, type EndpointAnswer, loginProviders, originOf, parametersOf, redirect, refusal, type SessionDeps } from "./endpoint.js";
import { LOGIN_SECONDS, type LoginAttempt } from "./login-attempt.js";
import { challengeOf, digestOfId, newOpaqueId } from "./opaque-id.js";
import { safeReturnPath } from "./return-path.js";
import { setCookie } from "./set-cookie.js";

/** BEHAVIOUR §5, logins by client address, counted exactly across the nodes: each begun one takes a place in the store. */
const LIMIT = { limit: 10, windowSeconds: 60, burst: 5 };

/** `GET /.sallyport/login?idp=<name>&return_to=<path>`: begins a login, and sends the browser to the IdP. */
export const beginLogin: Endpoint = async (call, deps) => {
  const { request } = call;
  const parameters = parametersOf(request.query);
  if (parameters === null) return refusal("login_failed", "a parameter of the query is there twice");
  const offered = loginProviders(request);
  const wanted = parameters.get("idp");
  const idp = wanted === undefined && offered.length === 1 ? offered[0] : offered.find(({ name }) => name === wanted);
  if (idp === undefined) return refusal("login_failed", "the query does not name one of the tenant's identity providers with a login");
  const limited = await takeLimit(request, deps);
  if (limited !== null) return limited;

  // One secret for each browser: logins in two of its tabs do not end each other.
  const [held, second] = request.cookies(LOGIN_COOKIE);
  const browser = held !== undefined && second === undefined && isOpaqueId(held) ? held : newOpaqueId();
  const state = newOpaqueId();
  const attempt: LoginAttempt = {
    ...{ identityProvider: idp.name, issuer: idp.issuer, browser: digestOfId(browser) },
    ...{ nonce: newOpaqueId(), verifier: newOpaqueId() },
    redirectUri: `${originOf(call)}${CALLBACK_PATH}`,
    returnTo: safeReturnPath(parameters.get("return_to") ?? "/") ?? "/",
  };
  const { redirectUri, nonce, verifier } = attempt;
  const target = await deps.login.authorizationUrl(idp, { redirectUri, state, nonce, challenge: challengeOf(verifier) });
  if (!target.ok) return refusal(target.unavailable ? "idp_unavailable" : "login_failed", target.detail);
  await deps.store.logins.put(request.tenant.slug, digestOfId(state), JSON.stringify(attempt), LOGIN_SECONDS * 1_000);
  return redirect(302, target.url, [setCookie(LOGIN_COOKIE, browser, LOGIN_SECONDS)]);
};

async function takeLimit({ tenant, clientIp }: EndpointRequest, { store }: SessionDeps): Promise<EndpointAnswer | null> {
  const taken = await takeExactly(store.limits, `login|tenant=${tenant.slug}|ip=${addressBucket(clientIp ?? "")}`, LIMIT);
  if (taken.allowed) return null;
  const state: RateLimitState = {
    policy: "login",
    limit: LIMIT.limit,
    windowSeconds: LIMIT.windowSeconds,
    ofFleet: true,
    action: "refuse",
    exceeded: true,
    ...taken,
  };
  return { code: "rate_limited", detail: "too many logins were begun from this address", limits: [state] };
}
