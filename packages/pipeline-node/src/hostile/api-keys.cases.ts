import assert from "node:assert/strict";
import { acmeMint, bearer, globexMint } from "../testing/acme-and-globex.fixture.js";
import { apiKeys, claimsOf, compiled, nowSeconds, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";

const keyOf = (letter: string): string => `spk_${letter.repeat(43)}`;
const good = keyOf("a");
const reading = keyOf("b");
const expired = keyOf("c");
const lasting = keyOf("d");
const ofGlobex = keyOf("e");
const rotated = keyOf("f");
const replaced = keyOf("g");
const settled = keyOf("h");
const ended = keyOf("i");
const outliving = keyOf("k");

const route = (authenticators: readonly string[], more: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => ({
  upstream: "main",
  authentication: { mode: "required", authenticators, ...more },
  ...spec,
});
const acme = tenant("acme", {
  propagationPolicies: { through: { strategy: "pass_through" } },
  routes: {
    main: route(["bearer"]),
    keys: { ...route(["api_key"]), pathPrefix: "/keys" },
    scoped: { ...route(["api_key"], { requiredScopes: ["write"] }), pathPrefix: "/scoped" },
    "key-first": { ...route(["api_key", "bearer"]), pathPrefix: "/key-first" },
    "token-first": { ...route(["bearer", "api_key"]), pathPrefix: "/token-first" },
    both: { ...route(["bearer", "api_key"], { match: "all" }), pathPrefix: "/both" },
    through: { ...route(["api_key"]), pathPrefix: "/through", propagation: "through" },
    optional: { upstream: "main", pathPrefix: "/optional", authentication: { mode: "optional", authenticators: ["api_key"] } },
    open: { upstream: "main", pathPrefix: "/open", authentication: { mode: "public" } },
  },
});
const sections = [
  apiKeys("acme", {
    "ci-runner": { key: good, scopes: ["write", "read"], expiresAt: nowSeconds + 60 },
    reader: { key: reading, scopes: ["read"], subject: "batch-reader" },
    old: { key: expired, expiresAt: nowSeconds },
    lasting: { key: lasting },
    rotated: { key: rotated, scopes: ["write"], previous: { key: replaced, expiresAt: nowSeconds + 60 } },
    settled: { key: settled, previous: { key: ended, expiresAt: nowSeconds } },
    ending: { key: keyOf("j"), expiresAt: nowSeconds, previous: { key: outliving, expiresAt: nowSeconds + 60 } },
  }),
  apiKeys("globex", { theirs: { key: ofGlobex } }),
];
const fleetWith = (settings: Record<string, unknown> = {}) => compiled([acme, tenant("globex")], settings, {}, sections);
const snapshot = fleetWith();
const withParameter = fleetWith({ apiKeys: { header: "X-API-Key", queryParameter: "api_key" } });

const key = (value: string, name = "X-API-Key") => ({ headers: [[name, value]] as const });
const token = bearer(acmeMint.token(claimsOf("acme")));
const foreignToken = bearer(globexMint.token(claimsOf("globex")));
const forgedToken = `${token.slice(0, -6)}AAAAAA`;

/** The values of a field that the upstream gets. @throws AssertionError when they are others */
function demand(sent: Sent, name: string, ...values: string[]): void {
  const { upstreamHeaders } = sent;
  const found = upstreamHeaders.filter((_, index) => index % 2 === 1 && upstreamHeaders[index - 1]?.toLowerCase() === name);
  assert.deepEqual(found, values);
}
const isFor = (subject: string) => (sent: Sent) => {
  demand(sent, "x-user-id", subject);
  demand(sent, "x-tenant-id", "acme");
  demand(sent, "x-api-key");
  demand(sent, "authorization");
};
const targets = (target: string) => (sent: Sent) => assert.equal(sent.upstreamTarget, target);

const cases: HostileCase[] = [
  { name: "a good key", target: "/keys", ...key(good), expect: "allow", upstream: isFor("api-key/ci-runner") },
  { name: "the header in another case", target: "/keys", ...key(good, "x-Api-KEY"), expect: "allow", upstream: isFor("api-key/ci-runner") },
  { name: "a key with a subject of its own", target: "/keys", ...key(reading), expect: "allow", upstream: isFor("batch-reader") },
  {
    name: "a key without an end",
    target: "/keys",
    ...key(lasting),
    expect: "allow",
    upstream: (sent) => {
      demand(sent, "x-token-expires");
      demand(sent, "x-token-issuer");
    },
  },
  { name: "no key", target: "/keys", expect: "missing_api_key" },
  { name: "an empty header", target: "/keys", ...key(""), expect: "invalid_api_key" },
  { name: "a made-up key of the right form", target: "/keys", ...key(keyOf("z")), expect: "invalid_api_key" },
  { name: "a key cut short", target: "/keys", ...key(good.slice(0, -1)), expect: "invalid_api_key" },
  { name: "a key with a blank behind it", target: "/keys", ...key(`${good} `), expect: "invalid_api_key", onWire: { expect: "allow" } },
  { name: "a key with another behind it", target: "/keys", ...key(`${good},${reading}`), expect: "invalid_api_key" },
  { name: "the key's hash in place of the key", target: "/keys", ...key(sections[0]?.keys["ci-runner"]?.hash ?? ""), expect: "invalid_api_key" },
  { name: "the key's name in place of the key", target: "/keys", ...key("ci-runner"), expect: "invalid_api_key" },
  {
    name: "a key of a megabyte",
    target: "/keys",
    ...key("a".repeat(1_000_000)),
    expect: "invalid_api_key",
    onWire: { expect: "header_fields_too_large" },
  },
  { name: "a key on the second of its end", target: "/keys", ...key(expired), expect: "invalid_api_key" },
  { name: "a key that replaces another", target: "/scoped", ...key(rotated), expect: "allow", upstream: isFor("api-key/rotated") },
  { name: "the key that it replaces, while both work", target: "/scoped", ...key(replaced), expect: "allow", upstream: isFor("api-key/rotated") },
  { name: "a key that has been replaced, when its time is over", target: "/keys", ...key(ended), expect: "invalid_api_key" },
  { name: "the key that replaced it", target: "/keys", ...key(settled), expect: "allow", upstream: isFor("api-key/settled") },
  { name: "a replaced key does not outlive the one that replaces it", target: "/keys", ...key(outliving), expect: "invalid_api_key" },
  { name: "a key of another tenant", target: "/keys", ...key(ofGlobex), expect: "tenant_mismatch", findings: ["cross_tenant_attempt"] },
  { name: "the key as a bearer token", target: "/keys", authorization: bearer(good), expect: "missing_api_key" },
  { name: "the key as a bearer token where tokens are taken", authorization: bearer(good), expect: "invalid_token" },
  {
    name: "two keys",
    target: "/keys",
    headers: [
      ["X-API-Key", good],
      ["X-API-Key", reading],
    ],
    expect: "ambiguous_credential",
  },
  {
    name: "one key twice",
    target: "/keys",
    headers: [
      ["X-API-Key", good],
      ["x-api-key", good],
    ],
    expect: "ambiguous_credential",
  },
  { name: "a name that folds to the header's", target: "/keys", ...key(good, "X_API_Key"), expect: "missing_api_key" },
  { name: "a key in the query where that is off", target: `/keys?api_key=${good}`, expect: "missing_api_key" },
  {
    name: "a key in the query where that is on; it goes no further",
    compiled: withParameter,
    target: `/keys?a=1&api_key=${good}&b=2`,
    expect: "allow",
    upstream: targets("/keys?a=1&b=2"),
  },
  {
    name: "the query's only parameter is the key, its name percent-encoded",
    compiled: withParameter,
    target: `/keys?%61pi_key=${good}`,
    expect: "allow",
    upstream: targets("/keys"),
  },
  { name: "a key in the query twice", compiled: withParameter, target: `/keys?api_key=${good}&api_key=${good}`, expect: "ambiguous_credential" },
  {
    name: "a key in the query and in the header",
    compiled: withParameter,
    target: `/keys?api_key=${good}`,
    ...key(good),
    expect: "ambiguous_credential",
  },
  { name: "a scope that the key lacks", target: "/scoped", ...key(reading), expect: "insufficient_scope" },
  { name: "a scope that the key has", target: "/scoped", ...key(good), expect: "allow" },
  { name: "no credential where the key comes first", target: "/key-first", expect: "missing_api_key" },
  { name: "no credential where the token comes first", target: "/token-first", expect: "missing_token" },
  { name: "a token where the key comes first", target: "/key-first", authorization: token, expect: "allow", upstream: isFor("user-1") },
  { name: "a key where the token comes first", target: "/token-first", ...key(good), expect: "allow", upstream: isFor("api-key/ci-runner") },
  { name: "both, the token first", target: "/token-first", authorization: token, ...key(good), expect: "allow", upstream: isFor("user-1") },
  { name: "both, the key first", target: "/key-first", authorization: token, ...key(good), expect: "allow", upstream: isFor("api-key/ci-runner") },
  {
    name: "a forged token is not made up for by a good key",
    target: "/token-first",
    authorization: forgedToken,
    ...key(good),
    expect: "invalid_token",
  },
  { name: "a bad key is not made up for by a good token", target: "/key-first", authorization: token, ...key(keyOf("z")), expect: "invalid_api_key" },
  { name: "the Basic scheme does not hide the key", target: "/token-first", authorization: "Basic eDp5", ...key(good), expect: "allow" },
  { name: "all are needed and both hold", target: "/both", authorization: token, ...key(good), expect: "allow", upstream: isFor("user-1") },
  { name: "all are needed and the key is missing", target: "/both", authorization: token, expect: "missing_api_key" },
  { name: "all are needed and the token is missing", target: "/both", ...key(good), expect: "missing_token" },
  { name: "all are needed and the key is bad", target: "/both", authorization: token, ...key(expired), expect: "invalid_api_key" },
  {
    name: "all are needed and the key is another tenant's",
    target: "/both",
    authorization: token,
    ...key(ofGlobex),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  {
    name: "all are needed and the token is another tenant's",
    target: "/both",
    authorization: foreignToken,
    ...key(good),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  { name: "optional, and none", target: "/optional", expect: "allow", upstream: (sent) => demand(sent, "x-user-id") },
  { name: "optional, and a bad one", target: "/optional", ...key(keyOf("z")), expect: "invalid_api_key" },
  {
    name: "pass-through hands the key on",
    target: "/through",
    ...key(good),
    expect: "allow",
    upstream: (sent) => demand(sent, "x-api-key", good),
  },
  {
    name: "on a public route the header is the upstream's own affair",
    target: "/open",
    ...key("anything"),
    expect: "allow",
    upstream: (sent) => demand(sent, "x-api-key", "anything"),
  },
];

export const apiKeysTable: HostileTable = {
  clause: null,
  title: "BEHAVIOUR 3d and §2: API keys, and credentials of several kinds",
  cases: cases.map((each) => ({ compiled: snapshot, ...each })),
};
