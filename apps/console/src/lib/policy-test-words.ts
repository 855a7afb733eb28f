import type { PolicyTestCredential, PolicyTestExpectation, PolicyTestSpec, TokenFlaw } from "@sallyport/snapshot";

/** What each kind of credential is called in the editor. */
export const SHOWN_LABELS = {
  none: "Nothing",
  token: "A token of a provider",
  opaque_token: "A token that the provider is asked about",
  session: "A session",
  api_key: "An API key of this tenant",
  foreign_token: "Another tenant's token",
  foreign_api_key: "Another tenant's API key",
} as const satisfies Record<PolicyTestCredential["kind"], string>;

/** What can be wrong with a token, for a list and in a sentence. */
export const FLAW_LABELS = {
  expired: "It has expired",
  not_yet_valid: "It is not valid yet",
  wrong_audience: "It is for another audience",
  bad_signature: "Its signature is forged",
  unknown_key: "Its key is unknown",
} as const satisfies Record<TokenFlaw, string>;

const FLAWS = {
  expired: "an expired token",
  not_yet_valid: "a token that is not valid yet, issued",
  wrong_audience: "a token for another audience, issued",
  bad_signature: "a forged token in the name",
  unknown_key: "a token of an unknown key in the name",
} as const satisfies Record<TokenFlaw, string>;

const claimsIn = (claims: Readonly<Record<string, unknown>>): string => {
  const said = Object.entries(claims).map(([name, value]) => (value === null ? `no ${name}` : `${name} ${textOf(value)}`));
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
};
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const scopesIn = (scopes: readonly string[]): string => (scopes.length === 0 ? "" : ` (${scopes.join(" ")})`);

function shownWords(credential: PolicyTestCredential): string {
  switch (credential.kind) {
    case "none":
      return "without a credential";
    case "token": {
      const { flaw, identityProvider, claims } = credential;
      const what = flaw === undefined ? "a token" : FLAWS[flaw];
      return `with ${what} ${flaw === "not_yet_valid" || flaw === "wrong_audience" ? "by" : "of"} ${identityProvider}${claimsIn(claims)}`;
    }
    case "opaque_token":
      return `with ${credential.active ? "an active" : "an inactive"} opaque token of ${credential.identityProvider}${claimsIn(credential.claims)}`;
    case "session":
      return `with a session of ${credential.identityProvider}${claimsIn(credential.claims)}${scopesIn(credential.scopes)}`;
    case "api_key":
      return `with an API key${scopesIn(credential.scopes)}`;
    case "foreign_token":
      return `with a token of ${credential.tenant ?? "another tenant"}`;
    case "foreign_api_key":
      return `with an API key of ${credential.tenant ?? "another tenant"}`;
    default:
      return credential satisfies never;
  }
}

function expectedWords(expect: PolicyTestExpectation): string {
  const by = expect.route === undefined ? "" : ` by the route ${expect.route}`;
  if (expect.outcome === "deny") return `is refused with ${expect.code}${by}`;
  const as = expect.subject === undefined ? "" : ` as ${expect.subject ?? "nobody"}`;
  const headers = expect.headers.map(({ name, value }) => (value === null ? `without ${name}` : `with ${name}: ${value}`));
  const to = expect.tenant === undefined ? "" : ` to ${expect.tenant}`;
  return `is let in${as}${by}${to}${headers.length === 0 ? "" : `, and the upstream is sent it ${headers.join(", ")}`}`;
}

/** What a test says, in one sentence without its end. @param isOfFleet a test that names neither tenant nor host holds for each */
export function policyTestWords({ request, credential, expect }: PolicyTestSpec, isOfFleet = false): string {
  const { method, path, host, tenant } = request;
  const where = host !== undefined ? ` on ${host}` : tenant !== undefined ? ` at ${tenant}` : isOfFleet ? " at each tenant" : "";
  return `${method} ${path}${where} ${shownWords(credential)} ${expectedWords(expect)}`;
}

/** `name=value` a line; a value that reads as JSON is JSON, all else is text. */
export const claimLines = (claims: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(claims).map(([name, value]) => `${name}=${typeof value === "string" && !readsAsJson(value) ? value : JSON.stringify(value)}`);

export function claimsOf(lines: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      const [name, text] = at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      return [name, readsAsJson(text) ? JSON.parse(text) : text];
    }),
  );
}

function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Header {
  readonly name: string;
  readonly value: string | null;
}

/** `Name: value` a line; a name alone is a header that must not be there. */
export const headerLines = (headers: readonly Header[]): string[] => headers.map(({ name, value }) => (value === null ? name : `${name}: ${value}`));

export function headersOf(lines: readonly string[]): Header[] {
  return lines.map((line) => {
    const at = line.indexOf(":");
    return at < 0 ? { name: line, value: null } : { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
  });
}
