import type { AuthenticatorKind, RouteAuthentication, RouteSpec } from "@sallyport/snapshot";
import { listed } from "./format";

/** What each kind of credential is called: as a label, and in a sentence. */
export const CREDENTIAL_WORDS = {
  bearer: { label: "Bearer token", short: "Bearer", phrase: "a bearer token" },
  api_key: { label: "API key", short: "API key", phrase: "an API key" },
  session: { label: "Session", short: "Session", phrase: "a session" },
  client_certificate: { label: "Client certificate", short: "Client certificate", phrase: "a client certificate" },
} as const satisfies Record<AuthenticatorKind, { label: string; short: string; phrase: string }>;

/** What a request is told that brings none. */
const MISSING: Record<AuthenticatorKind, string> = {
  bearer: "missing_token",
  api_key: "missing_api_key",
  session: "no_session",
  client_certificate: "missing_client_certificate",
};

/** Kinds that no identity provider stands behind. */
export const withoutProvider = (kind: AuthenticatorKind): boolean => kind === "api_key" || kind === "client_certificate";

/** Where credentials are asked for. */
type Asking = Extract<RouteAuthentication, { authenticators: unknown }>;

const needsAll = (authentication: Asking): boolean => authentication.mode === "required" && authentication.match === "all";

/** Who may pass, in a word or two. */
export function authenticationWords(authentication: RouteAuthentication): string {
  switch (authentication.mode) {
    case "required":
    case "optional": {
      const providers = authentication.identityProviders;
      const of = (kind: AuthenticatorKind) => (!withoutProvider(kind) && providers.length > 0 ? ` of ${providers.join(", ")}` : "");
      const kinds = authentication.authenticators.map((kind) => `${CREDENTIAL_WORDS[kind].short}${of(kind)}`);
      const words = kinds.join(needsAll(authentication) ? " and " : " or ");
      if (authentication.mode === "optional") return `${words} optional`;
      return kinds.length === 1 && words === CREDENTIAL_WORDS[authentication.authenticators[0] ?? "bearer"].short ? `${words} required` : words;
    }
    case "public":
      return "Public";
    case "deny":
      return "Denies all";
    default:
      return authentication satisfies never;
  }
}

/** The same as sentences, for whoever is choosing: what a request must bring, what is looked at first, and what it is told without. */
export function authenticationSentence(authentication: RouteAuthentication): string {
  if (authentication.mode === "public") return "Every request passes; nobody is asked who it is.";
  if (authentication.mode === "deny") return "Every request is refused with 403 route_denied.";
  const phrases = authentication.authenticators.map((kind) => CREDENTIAL_WORDS[kind].phrase);
  const [first = "a credential", second, third] = phrases;
  const missing = MISSING[authentication.authenticators[0] ?? "bearer"];
  const counts = third === undefined ? `Of both, ${the(first)} counts` : "Of several, the first in this order counts";
  if (authentication.mode === "optional") {
    return `A request passes as nobody unless it brings ${listed(phrases, "or")}; what it brings must hold.${second ? ` ${counts}.` : ""}`;
  }
  if (second === undefined) return `A request needs ${first}; without it, 401 ${missing}.`;
  if (needsAll(authentication)) {
    const all = third === undefined ? "both" : "all";
    return `A request needs ${listed(phrases, "and")}, and ${all} must hold. It goes on as whom ${the(first)} names.`;
  }
  const rest = third === undefined ? `${the(second)} does not help` : "the others do not help";
  return `A request needs ${listed(phrases, "or")}; without any, 401 ${missing}. ${counts}, and when it does not hold ${rest}.`;
}

const the = (phrase: string): string => phrase.replace(/^an? /, "the ");

/** What a request must look like: `POST /v1/payouts`; every method without a list. */
export const matchWords = (route: Pick<RouteSpec, "methods" | "pathPrefix">): string =>
  `${route.methods.length > 0 ? `${route.methods.join(" ")} ` : ""}${route.pathPrefix}`;
