import type { AuthenticatorKind } from "@sallyport/snapshot";
import type { AdmittedRequest } from "./admit/admit.js";
import { presentedApiKey, verifyApiKey } from "./api-key.js";
import { authenticateBearer } from "./authenticate-credential.js";
import { holdToBinding } from "./binding.js";
import { presentedCertificates } from "./certificate/presented.js";
import { verifyClientCertificate } from "./certificate/verify-client-certificate.js";
import type { CompiledRoute } from "./compiled.js";
import { extractBearer, hasDpopScheme } from "./extract-bearer.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";
import { presentedSession, verifySession } from "./session/verify-session.js";
import { Unauthenticated, type VerifiedCredential } from "./verified-credential.js";

/** The request presents no credential of a kind, and what it is told when it needed one. */
class Absent {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

type Verdict = VerifiedCredential | Refusal | Unauthenticated;
type Authenticator = (passage: Passage, route: CompiledRoute, request: AdmittedRequest) => Verdict | Absent | Promise<Verdict>;

const NO_TOKEN = new Absent(new Refusal("missing_token", "no Authorization field"));
const NO_API_KEY = new Absent(new Refusal("missing_api_key", "no API key"));

const NO_SESSION = new Absent(new Refusal("no_session", "no session cookie, or no host that names the tenant"));

const NO_CERTIFICATE = new Absent(new Refusal("missing_client_certificate", "no client certificate"));

/** One for each kind of credential: what the request presents of it, and whether that holds. */
const AUTHENTICATORS: Readonly<Record<AuthenticatorKind, Authenticator>> = {
  bearer(passage, route, request) {
    const { authorization } = request;
    const token = extractBearer(authorization);
    if (token === null || authorization === null) return NO_TOKEN;
    if (token instanceof Refusal) return new Absent(token);
    passage.usesDpop = hasDpopScheme(authorization);
    passage.trace?.push({ step: "extract", result: "pass", detail: passage.usesDpop ? "one token, and a proof of possession" : "one bearer token" });
    const verdict = authenticateBearer(passage, route, authorization, token);
    return verdict instanceof Promise
      ? verdict.then((settled) => holdToBinding(passage, request, settled))
      : holdToBinding(passage, request, verdict);
  },
  api_key(passage, _, request) {
    const key = presentedApiKey(request, passage.compiled.edge);
    if (key === null) return NO_API_KEY;
    if (key instanceof Refusal) return key;
    passage.trace?.push({ step: "extract", result: "pass", detail: "one API key" });
    return verifyApiKey(passage, key);
  },
  session(passage, route, request) {
    const { tenant } = passage;
    const id = tenant === null ? null : presentedSession(passage, tenant, request);
    if (tenant === null || id === null) return NO_SESSION;
    if (id instanceof Refusal) return id;
    passage.trace?.push({ step: "extract", result: "pass", detail: "one session cookie" });
    return verifySession(passage, route, tenant, id);
  },
  client_certificate(passage, _, request) {
    const { tenant } = passage;
    const presented = presentedCertificates(passage, request);
    if (tenant === null || presented === null) return NO_CERTIFICATE;
    if (presented instanceof Refusal) return presented;
    passage.trace?.push({ step: "extract", result: "pass", detail: "one client certificate" });
    return verifyClientCertificate(passage, tenant, presented);
  },
};

/**
 * BEHAVIOUR §2: the route's credential kinds in their declared order. The first that is presented decides, and one that does not hold
 * is never made up for by another; or, where the route says so, all must be presented and hold, and the first is the identity.
 * Null: an optional route, and nothing was presented.
 */
export function authenticateRequest(passage: Passage, route: CompiledRoute, request: AdmittedRequest): Verdict | null | Promise<Verdict> {
  return route.needsAll ? authenticateAll(passage, route, request) : authenticateFirst(passage, route, request);
}

function authenticateFirst(passage: Passage, route: CompiledRoute, request: AdmittedRequest): Verdict | null | Promise<Verdict> {
  let missing: Refusal | null = null;
  for (const kind of route.authenticators) {
    const found = AUTHENTICATORS[kind](passage, route, request);
    if (!(found instanceof Absent)) return found;
    missing ??= found.refusal;
  }
  // What is no bearer token stands where one belongs: an optional route does not overlook it.
  const overlooked = request.authorization !== null && route.authenticators.includes("bearer");
  if (route.mode === "optional" && !overlooked) return null;
  return missing ?? new Refusal("route_denied", "the route names no kind of credential");
}

function authenticateAll(passage: Passage, route: CompiledRoute, request: AdmittedRequest): Verdict | Promise<Verdict> {
  const from = (index: number, identity: VerifiedCredential | null): Verdict | Promise<Verdict> => {
    const kind = route.authenticators[index];
    if (kind === undefined) return identity ?? new Refusal("route_denied", "the route names no kind of credential");
    const found = AUTHENTICATORS[kind](passage, route, request);
    const goOn = (verdict: Verdict | Absent): Verdict | Promise<Verdict> => {
      if (verdict instanceof Absent) return verdict.refusal;
      // Where all must hold, one that nothing is known of does not.
      if (verdict instanceof Unauthenticated) return new Refusal("idp_unavailable", verdict.reason);
      return verdict instanceof Refusal ? verdict : from(index + 1, identity ?? verdict);
    };
    return found instanceof Promise ? found.then(goOn) : goOn(found);
  };
  return from(0, null);
}
