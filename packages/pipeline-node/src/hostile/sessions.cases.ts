import assert from "node:assert/strict";
import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, issuerOf, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";
import { idOf } from "../testing/sessions.fixture.js";

const session = { mode: "required", authenticators: ["session"] };
const routes = {
  main: { upstream: "main", authentication: session },
  scoped: { upstream: "main", pathPrefix: "/scoped", authentication: { ...session, requiredScopes: ["write"] } },
  "token-first": { upstream: "main", pathPrefix: "/token-first", authentication: { ...session, authenticators: ["bearer", "session"] } },
  "session-first": { upstream: "main", pathPrefix: "/session-first", authentication: { ...session, authenticators: ["session", "bearer"] } },
  both: { upstream: "main", pathPrefix: "/both", authentication: { ...session, authenticators: ["session", "bearer"], match: "all" } },
  one: { upstream: "main", pathPrefix: "/one", authentication: { ...session, identityProviders: ["main"] } },
  optional: { upstream: "main", pathPrefix: "/optional", authentication: { mode: "optional", authenticators: ["session"] } },
  open: { upstream: "main", pathPrefix: "/open", authentication: { mode: "public" } },
  through: { upstream: "main", pathPrefix: "/through", authentication: session, propagation: "through" },
  sockets: { upstream: "main", pathPrefix: "/sockets", authentication: session, websocket: true },
  shared: { upstream: "main", pathPrefix: "/shared", authentication: session, cors: { origins: ["https://app.example.com"], credentials: true } },
  readable: { upstream: "main", pathPrefix: "/readable", authentication: session, cors: { origins: ["https://app.example.com"] } },
};
const propagationPolicies = { through: { strategy: "pass_through" } };
const acme = tenant("acme", {
  domains: ["api.acme.example"],
  identityProviders: {
    main: { issuer: issuerOf("acme"), audiences: ["acme-api"] },
    second: { issuer: "https://second.acme.example", audiences: ["acme-api"] },
    off: { issuer: issuerOf("acme"), audiences: ["acme-off"], status: "disabled" },
  },
  routes,
  propagationPolicies,
});
const globex = tenant("globex", {
  identityProviders: { main: { issuer: issuerOf("globex"), audiences: ["globex-api"] } },
  routes,
  propagationPolicies,
});
const snapshot = compiled([acme, globex], { resolution: ["custom_domain", "subdomain", "path", "header"] });

const NAME = "__Host-sallyport-acme";
const cookie = (value: string) => ({ headers: [["Cookie", value]] as const });
const id = (letter: string) => cookie(`${NAME}=${idOf(letter)}`);
const good = `${NAME}=${idOf("a")}`;
const token = bearer(acmeMint.token(claimsOf("acme")));
const withFields = (...headers: (readonly [string, string])[]) => ({ headers });

function demand(sent: Sent, name: string, ...values: string[]): void {
  const { upstreamHeaders } = sent;
  const found = upstreamHeaders.filter((_, index) => index % 2 === 1 && upstreamHeaders[index - 1]?.toLowerCase() === name);
  assert.deepEqual(found, values);
}
const isUser = (sent: Sent): void => {
  demand(sent, "x-user-id", "user-1");
  demand(sent, "x-tenant-id", "acme");
  assert.ok(!JSON.stringify(sent).includes(idOf("a")), "the session's id went on");
};
const cookiesAre =
  (...values: string[]) =>
  (sent: Sent) =>
    demand(sent, "cookie", ...values);
/** What a page of this origin writes with a session's cookie, as its browser sends it. */
const writtenBy = (origin: string) =>
  ({ method: "POST", ...withFields(["Cookie", good], ["Origin", origin], ["Sec-Fetch-Site", "same-site"]) }) as const;
const mismatch = { expect: "tenant_mismatch", findings: ["cross_tenant_attempt"] } as const;

const cases: HostileCase[] = [
  { name: "a good session", ...id("a"), expect: "allow", upstream: isUser },
  { name: "a good session on the tenant's own domain", host: "api.acme.example", ...id("a"), expect: "allow", upstream: isUser },
  { name: "no session", expect: "no_session" },
  {
    name: "an origin that the route trusts with credentials",
    target: "/shared",
    ...writtenBy("https://app.example.com"),
    expect: "allow",
    upstream: isUser,
  },
  { name: "an origin that the route does not name", target: "/shared", ...writtenBy("https://evil.example.com"), expect: "no_session" },
  { name: "no origin at all, from elsewhere", target: "/shared", ...writtenBy("null"), expect: "no_session" },
  { name: "an origin that may read only", target: "/readable", ...writtenBy("https://app.example.com"), expect: "no_session" },
  { name: "the same origin at a route without a policy", ...writtenBy("https://app.example.com"), expect: "no_session" },
  { name: "an empty cookie", ...cookie(`${NAME}=`), expect: "invalid_session_format" },
  { name: "an id cut short", ...cookie(`${NAME}=${idOf("a").slice(0, -1)}`), expect: "invalid_session_format" },
  { name: "an id with loose bits at its end", ...cookie(`${NAME}=${"a".repeat(42)}B`), expect: "invalid_session_format" },
  { name: "an id in quotes", ...cookie(`${NAME}="${idOf("a")}"`), expect: "invalid_session_format" },
  { name: "an id in percent-encoding", ...cookie(`${NAME}=%61${idOf("a").slice(1)}`), expect: "invalid_session_format" },
  { name: "an id with padding", ...cookie(`${good}=`), expect: "invalid_session_format" },
  { name: "an id with a comma behind it", ...cookie(`${good}, x`), expect: "invalid_session_format" },
  { name: "the digest in place of the id", ...cookie(`${NAME}=${"0".repeat(64)}`), expect: "invalid_session_format" },
  { name: "an id of eight thousand bytes", ...cookie(`${NAME}=${"a".repeat(8_000)}`), expect: "invalid_session_format" },
  { name: "a made-up id", ...cookie(`${NAME}=${idOf("z")}`), expect: "session_not_found" },
  { name: "an expired session", ...id("b"), expect: "session_expired" },
  { name: "two session cookies in one field", ...cookie(`${good}; ${NAME}=${idOf("z")}`), expect: "ambiguous_credential" },
  { name: "one session cookie twice", ...cookie(`${good};${good}`), expect: "ambiguous_credential" },
  { name: "session cookies in two fields", ...withFields(["Cookie", good], ["cookie", good]), expect: "ambiguous_credential" },
  { name: "a good one behind an empty one", ...cookie(`${NAME}=; ${good}`), expect: "ambiguous_credential" },
  { name: "the cookie's name in another case", ...cookie(`__host-sallyport-acme=${idOf("a")}`), expect: "no_session" },
  { name: "the name without its prefix", ...cookie(`sallyport-acme=${idOf("a")}`), expect: "no_session" },
  { name: "the cookie's text within another cookie", ...cookie(`x="${good}"`), expect: "no_session" },
  { name: "the id as a bearer token", authorization: bearer(idOf("a")), expect: "no_session" },
  { name: "the id in the query", target: `/orders?${good}`, expect: "no_session" },
  { name: "a field whose name folds to Cookie's", ...withFields(["Coo_kie", good]), expect: "no_session" },
  { name: "Cookie named in Connection", ...withFields(["Cookie", good], ["Connection", "cookie"]), expect: "no_session" },
  { name: "a session of another tenant in this one's cookie", ...id("c"), expect: "session_not_found" },
  {
    name: "this tenant's session at another",
    host: "globex.api.example.com",
    ...cookie(`__Host-sallyport-globex=${idOf("a")}`),
    expect: "session_not_found",
  },
  { name: "this tenant's cookie at another", host: "globex.api.example.com", ...id("a"), expect: "no_session" },
  {
    name: "the tenant in the path, on a host that is nobody's",
    host: "www.example.net",
    target: "/tenants/acme/orders",
    ...id("a"),
    expect: "no_session",
  },
  {
    name: "the tenant in a header, on a host that is nobody's",
    host: "www.example.net",
    ...withFields(["X-Tenant-ID", "acme"], ["Cookie", good]),
    expect: "no_session",
  },
  { name: "host and path name the tenant", target: "/tenants/acme/orders", ...id("a"), expect: "allow", upstream: isUser },
  { name: "an identity provider that is gone", ...id("d"), expect: "session_not_found" },
  { name: "an identity provider that is disabled", ...id("e"), expect: "session_not_found" },
  { name: "an identity provider that has another issuer now", ...id("f"), expect: "session_not_found" },
  { name: "an identity provider that the route does not take", target: "/one", ...id("k"), expect: "no_session" },
  { name: "an identity provider that the route takes", ...id("k"), expect: "allow", upstream: (sent) => demand(sent, "x-user-id", "user-1") },
  { name: "a subject that is not that of its claims", ...id("g"), expect: "session_not_found" },
  { name: "claims without a subject", ...id("h"), expect: "session_not_found" },
  { name: "a tenant claim of another tenant", ...id("i"), ...mismatch },
  { name: "a tenant claim that is no text", ...id("j"), expect: "invalid_claims" },
  { name: "claims that are bound to a key", ...id("l"), expect: "invalid_token" },
  { name: "a scope that was not granted", target: "/scoped", ...id("a"), expect: "insufficient_scope" },
  { name: "a bad session is not made up for by a good token", target: "/session-first", authorization: token, ...id("b"), expect: "session_expired" },
  {
    name: "a forged token is not made up for by a good session",
    target: "/token-first",
    authorization: `${token.slice(0, -6)}AAAAAA`,
    ...id("a"),
    expect: "invalid_token",
  },
  { name: "a token where the session comes first and is absent", target: "/session-first", authorization: token, expect: "allow", upstream: isUser },
  { name: "all are needed and both hold", target: "/both", authorization: token, ...id("a"), expect: "allow", upstream: isUser },
  { name: "all are needed and the session is missing", target: "/both", authorization: token, expect: "no_session" },
  { name: "all are needed and the token is missing", target: "/both", ...id("a"), expect: "missing_token" },
  { name: "optional, and none", target: "/optional", expect: "allow", upstream: (sent) => demand(sent, "x-user-id") },
  { name: "optional, and a bad one", target: "/optional", ...id("z"), expect: "session_not_found" },
  { name: "the other cookies go on", ...cookie(`a=1; ${good}; b="x;y"`), expect: "allow", upstream: cookiesAre('a=1; b="x;y"') },
  { name: "the session's own field goes", ...withFields(["Cookie", good], ["Cookie", "a=1"]), expect: "allow", upstream: cookiesAre("a=1") },
  { name: "on a public route it goes no further either", target: "/open", ...cookie(`a=1; ${good}`), expect: "allow", upstream: cookiesAre("a=1") },
  {
    name: "nor does one of another tenant",
    target: "/open",
    ...cookie(`__Host-sallyport-globex=${idOf("c")}; a=1`),
    expect: "allow",
    upstream: cookiesAre("a=1"),
  },
  { name: "pass-through hands it on", target: "/through", ...cookie(`a=1; ${good}`), expect: "allow", upstream: cookiesAre(`a=1; ${good}`) },
  {
    name: "a POST of this origin",
    method: "POST",
    ...withFields(["Cookie", good], ["Origin", "https://acme.api.example.com"]),
    expect: "allow",
    upstream: isUser,
  },
  {
    name: "a POST of another tenant's subdomain",
    method: "POST",
    ...withFields(["Cookie", good], ["Origin", "https://globex.api.example.com"]),
    expect: "no_session",
  },
  { name: "a POST of nobody's origin", method: "POST", ...withFields(["Cookie", good], ["Origin", "null"]), expect: "no_session" },
  {
    name: "a POST that the browser calls same-site",
    method: "POST",
    ...withFields(["Cookie", good], ["Sec-Fetch-Site", "same-site"]),
    expect: "no_session",
  },
  {
    name: "a POST with a good origin and a bad one",
    method: "POST",
    ...withFields(["Cookie", good], ["Origin", "https://acme.api.example.com"], ["Origin", "https://evil.example"]),
    expect: "no_session",
  },
  {
    name: "a WebSocket from another origin",
    target: "/sockets",
    ...withFields(["Cookie", good], ["Connection", "Upgrade"], ["Upgrade", "websocket"], ["Origin", "https://globex.api.example.com"]),
    expect: "no_session",
  },
  { name: "the gateway's own paths are no route's", target: "/.sallyport/anything", ...id("a"), expect: "route_not_found" },
  { name: "nor with a path parameter", target: "/.sallyport;x=y/login", ...id("a"), expect: "route_not_found" },
  { name: "nor behind the tenant's prefix", host: "www.example.net", target: "/tenants/acme/.sallyport/login", expect: "route_not_found" },
  { name: "what only begins like them is", target: "/.sallyportal", ...id("a"), expect: "allow", upstream: isUser },
];

export const sessionsTable: HostileTable = {
  clause: null,
  title: "BEHAVIOUR 3c: sessions",
  cases: cases.map((each) => ({ compiled: snapshot, ...each })),
};
