import type { Introspected, TokenIntrospector } from "@sallyport/pipeline";
import { authenticate } from "@sallyport/pipeline";
import { describe, expect, it } from "vitest";
import { acmeMint, bearer, defaults } from "../testing/acme-and-globex.fixture.js";
import { expectAnswers } from "../testing/expect-answer.fixture.js";
import { claimsOf, compiled, factsOf, freshConnection, issuerOf, NOW, nowSeconds, portsWith, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, Sent } from "../testing/hostile-case.js";

const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
const asked = (introspection: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  issuer: issuerOf("acme"),
  audiences: ["acme-api"],
  introspection: { client, ...introspection },
  ...more,
});
const route = (idp: string | string[], more: Record<string, unknown> = {}) => ({
  upstream: "main",
  pathPrefix: `/${[idp].flat().join("-")}`,
  authentication: { mode: "required", identityProviders: [idp].flat() },
  ...more,
});
const acme = tenant("acme", {
  secrets: { introspection: { type: "client_secret" } },
  identityProviders: {
    opaque: asked(),
    strict: asked({ required: ["iss", "aud", "exp"] }, { audiences: ["strict-api"] }),
    every: asked({ tokens: "all" }, { audiences: ["every-api"] }),
    user: asked({ subject: "username" }, { audiences: ["user-api"] }),
    claimed: asked({}, { audiences: ["claimed-api"], tenantClaim: { claim: "tenant_id", value: "acme" }, requiredScopes: ["read"] }),
    keyless: asked({ endpoint: "https://idp.acme.example/introspect" }, { audiences: ["keyless-api"], keys: { kind: "none" } }),
    // The issuer of `every`, with keys, for another audience.
    beside: { issuer: issuerOf("acme"), audiences: ["beside-api"] },
    inline: { issuer: "https://inline.acme.example", audiences: ["inline-api"] },
  },
  degradationPolicies: {
    reject: { introspection: "REJECT_ALL" },
    pass: { introspection: "PASS_THROUGH" },
  },
  routes: {
    opaque: route("opaque"),
    strict: route("strict"),
    every: route(["every", "inline"]),
    besides: route(["every", "beside"]),
    user: route("user"),
    claimed: route("claimed"),
    keyless: route("keyless"),
    reject: route("opaque", { pathPrefix: "/reject", degradation: "reject" }),
    pass: route("opaque", { pathPrefix: "/pass", degradation: "pass" }),
    both: {
      upstream: "main",
      pathPrefix: "/both",
      degradation: "pass",
      authentication: { mode: "required", identityProviders: ["opaque"], authenticators: ["bearer", "api_key"], match: "all" },
    },
  },
});
const snapshot = compiled([acme, tenant("globex")]);

const active = (claims: Record<string, unknown>, askedAtMs = NOW): Introspected => ({
  state: "active",
  token: { claims, askedAtMs, verified: null },
});
const away = (claims: Record<string, unknown> | null, ageMs = 0): Introspected => ({
  state: "unavailable",
  reason: "the endpoint does not answer",
  away: true,
  last: claims === null ? null : { claims, askedAtMs: NOW - ageMs, verified: null },
});
const user = { active: true, sub: "user-1", scope: "read write" };

/** What the endpoint says of each token; anything else it does not know. */
const ANSWERS: Readonly<Record<string, Introspected>> = {
  good: active(user),
  refusing: { state: "unavailable", reason: "the endpoint answered 400", away: false, last: null },
  full: active({ ...user, iss: issuerOf("acme"), aud: ["strict-api", "acme-api"], exp: nowSeconds + 60 }),
  "other-issuer": active({ ...user, iss: issuerOf("globex") }),
  "issuer-with-slash": active({ ...user, iss: `${issuerOf("acme")}/` }),
  "issuer-list": active({ ...user, iss: [issuerOf("acme")] }),
  "other-audience": active({ ...user, aud: "other-api" }),
  "audience-object": active({ ...user, aud: { a: "acme-api" } }),
  "audience-null": active({ ...user, aud: null }),
  expired: active({ ...user, exp: nowSeconds - 31 }),
  "within-tolerance": active({ ...user, exp: nowSeconds - 29 }),
  "expiry-text": active({ ...user, exp: String(nowSeconds + 60) }),
  "expiry-endless": active({ ...user, exp: Number.POSITIVE_INFINITY }),
  future: active({ ...user, nbf: nowSeconds + 31 }),
  "no-subject": active({ active: true }),
  "subject-number": active({ ...user, sub: 1 }),
  "subject-injects": active({ ...user, sub: "a\r\nX-User-Roles: root" }),
  "bound-to-key": active({ ...user, cnf: { jkt: "x" } }),
  username: active({ active: true, sub: "ignored", username: "ada" }),
  "inherited-username": active(Object.create({ username: "ada" }) as Record<string, unknown>),
  ours: active({ ...user, tenant_id: "acme" }),
  "of-globex": active({ ...user, tenant_id: "globex" }),
  "tenant-list": active({ ...user, tenant_id: ["acme"] }),
  "tenant-folded": active({ ...user, tenant_id: "ACME" }),
  unscoped: active({ active: true, sub: "user-1", tenant_id: "acme" }),
  away: away(null),
  "away-known": away(user, 299_000),
  "away-known-long-ago": away(user, 301_000),
  "away-expired-since": away({ ...user, exp: nowSeconds - 60 }, 120_000),
  "away-other-tenant": away({ ...user, tenant_id: "globex" }, 10_000),
};
const calls: string[] = [];
const endpoint: TokenIntrospector = {
  introspect(_, __, token) {
    calls.push(token);
    const answer = Object.hasOwn(ANSWERS, token) ? ANSWERS[token] : undefined;
    // As over the network the first time, as from the cache the second: both ways must end alike.
    return calls.length % 2 === 0 ? Promise.resolve(answer ?? { state: "inactive" }) : (answer ?? { state: "inactive" });
  },
};
const jwt = (over: Record<string, unknown> = {}) => acmeMint.token(claimsOf("acme", { aud: "every-api", ...over }));

const at = (target: string, token: string, expected: HostileCase["expect"], more: Partial<HostileCase> = {}): HostileCase => ({
  name: `${token.slice(0, 40)} at ${target}`,
  target,
  authorization: bearer(token),
  expect: expected,
  ...more,
});
const tells =
  (...pairs: string[]) =>
  (sent: Sent) => {
    for (const pair of pairs) expect(sent.upstreamHeaders.join("\n")).toContain(pair);
  };
const crossed = { findings: ["cross_tenant_attempt"] };
const passes: Partial<HostileCase> = {
  findings: ["pass_through_active"],
  upstream: (allow) => {
    expect(allow.upstreamHeaders.join("\n")).toContain("X-Authenticated\nfalse");
    expect(allow.upstreamHeaders.join("\n").toLowerCase()).not.toContain("authorization");
    expect(allow.upstreamHeaders.join("\n")).not.toContain("X-User-Id");
  },
};

const cases: HostileCase[] = [
  at("/opaque", "good", "allow", { upstream: tells("X-User-Id\nuser-1", "X-Token-Scopes\nread,write") }),
  {
    ...at("/opaque", "good", "allow"),
    name: "without an end nothing is said of one",
    upstream: (sent) => expect(sent.upstreamHeaders).not.toContain("X-Token-Expires"),
  },
  ...["a b", " good", "go\u00e4d", "good\u00ff", "=", "good=x"].flatMap((token) => [
    at("/opaque", token, "invalid_token"),
    at("/pass", token, "invalid_token"),
  ]),
  at("/opaque", "unknown", "inactive_token"),
  at("/opaque", "constructor", "inactive_token"),
  at("/opaque", "other-issuer", "invalid_token"),
  at("/opaque", "issuer-with-slash", "invalid_token"),
  at("/opaque", "issuer-list", "invalid_token"),
  at("/opaque", "other-audience", "invalid_token"),
  at("/opaque", "audience-object", "invalid_token"),
  at("/opaque", "audience-null", "invalid_token"),
  at("/opaque", "expired", "token_expired"),
  at("/opaque", "within-tolerance", "allow"),
  at("/opaque", "expiry-text", "invalid_token"),
  at("/opaque", "expiry-endless", "invalid_token"),
  at("/opaque", "future", "invalid_token"),
  at("/opaque", "no-subject", "invalid_claims"),
  at("/opaque", "subject-number", "invalid_claims"),
  at("/opaque", "subject-injects", "invalid_claims"),
  at("/opaque", "bound-to-key", "invalid_token"),
  at("/opaque", "of-globex", "tenant_mismatch", crossed),
  at("/opaque", "tenant-list", "invalid_claims"),
  at("/strict", "good", "invalid_claims"),
  at("/strict", "full", "allow"),
  at("/user", "username", "allow", { upstream: tells("X-User-Id\nada") }),
  at("/user", "good", "invalid_claims"),
  at("/user", "inherited-username", "invalid_claims"),
  at("/claimed", "ours", "allow"),
  at("/claimed", "good", "invalid_claims"),
  at("/claimed", "of-globex", "tenant_mismatch", crossed),
  at("/claimed", "tenant-folded", "tenant_mismatch", crossed),
  at("/claimed", "unscoped", "insufficient_scope"),
  at("/keyless", "good", "allow"),
  { ...at("/keyless", acmeMint.token(claimsOf("acme", { aud: "keyless-api" })), "invalid_token"), name: "a JWT of an issuer without keys" },
  {
    ...at("/opaque", acmeMint.token(claimsOf("acme")), "idp_unavailable"),
    name: "a JWT where only opaque tokens are asked about is verified inline",
  },
  { ...at("/every-inline", jwt(), "inactive_token"), name: "a JWT where all are asked about: the endpoint does not know it" },
  { ...at("/every-beside", jwt(), "inactive_token"), name: "a JWT where all are asked about, beside the same issuer's for another audience" },
  {
    ...at("/every-beside", acmeMint.token(claimsOf("acme", { aud: "beside-api" })), "idp_unavailable"),
    name: "a JWT of the same issuer, for the audience that the route verifies itself",
  },
  {
    ...at("/every-inline", acmeMint.token(claimsOf("acme", { iss: "https://inline.acme.example", aud: "inline-api" })), "idp_unavailable"),
    name: "a JWT of an issuer that the route verifies itself is not asked about",
  },
  at("/opaque", "away", "idp_unavailable"),
  at("/opaque", "away-known", "allow"),
  at("/opaque", "away-known-long-ago", "idp_unavailable"),
  at("/opaque", "away-expired-since", "token_expired"),
  at("/opaque", "away-other-tenant", "tenant_mismatch", crossed),
  at("/reject", "away-known", "idp_unavailable"),
  at("/reject", "good", "allow"),
  at("/pass", "away", "allow", passes),
  at("/pass", "unknown", "inactive_token"),
  // An endpoint that is there: whoever sends tokens can make it refuse, or keep it busy.
  at("/pass", "refusing", "idp_unavailable"),
  { name: "PASS_THROUGH lets nobody in without a credential", target: "/pass", expect: "missing_token" },
  at("/both", "away", "idp_unavailable", { findings: ["pass_through_active"] }),
];

const keys = { ...defaults.keys, current: () => null, load: async () => ({ unavailable: "no keys here" }) };
describe("BEHAVIOUR 3b: tokens that an endpoint is asked about", () => {
  it.each(cases.map((each) => [each.name, each.expect, each] as const))("%s → %s", async (_name, _expected, each) => {
    await expectAnswers(snapshot, each, portsWith(keys, { introspection: endpoint }));
  });
});

describe("an answer that is cached", () => {
  it("is judged once: the same answer gives the same credential, and another epoch of the IdP judges anew", async () => {
    const answer = active(user);
    const introspection: TokenIntrospector = { introspect: () => answer };
    const ports = portsWith(keys, { introspection });
    const facts = () => factsOf({ target: "/opaque", authorization: bearer("good"), connection: freshConnection() });
    await authenticate(snapshot, facts(), ports);
    const first = answer.state === "active" ? answer.token.verified : null;
    await authenticate(snapshot, facts(), ports);
    expect(answer.state === "active" && answer.token.verified).toBe(first);
    await authenticate(compiled([acme, tenant("globex")]), facts(), ports);
    expect(answer.state === "active" && answer.token.verified).not.toBe(first);
  });

  it("ends with the token, not with the cache", async () => {
    const answer = active({ ...user, exp: nowSeconds + 10 });
    let now = NOW;
    const ports = portsWith(keys, { introspection: { introspect: () => answer }, clock: { now: () => now } });
    const ask = () => authenticate(snapshot, factsOf({ target: "/opaque", authorization: bearer("good") }), ports);
    expect((await ask()).outcome).toBe("allow");
    now += 10_000 + 30_000;
    expect(await ask()).toMatchObject({ outcome: "deny", code: "token_expired" });
  });

  it("is for the token's digest: the token itself is handed to nothing that may remember it", async () => {
    const seen: string[] = [];
    const tokenDigest = (token: string): string => {
      seen.push(token);
      return portsWith(keys).digest(token);
    };
    const ports = portsWith(keys, { introspection: { introspect: () => active(user) }, tokenDigest });
    const decision = await authenticate(snapshot, factsOf({ target: "/opaque", authorization: bearer("good") }), ports);
    expect([decision.outcome, seen]).toEqual(["allow", []]);
  });
});

describe("a token that alone names its tenant", () => {
  const passing = (resolution: string[]) =>
    compiled(
      [
        tenant("acme", {
          secrets: { introspection: { type: "client_secret" } },
          identityProviders: { every: asked({ tokens: "all" }) },
          degradationPolicies: { pass: { introspection: "PASS_THROUGH" } },
          routes: { main: route("every", { pathPrefix: "/", degradation: "pass" }) },
        }),
      ],
      { resolution },
    );
  const introspection: TokenIntrospector = { introspect: () => away(null) };
  const authorization = bearer(acmeMint.token(claimsOf("acme", { tenant_id: "acme" })));
  const outcomeAt = async (host: string, snapshot: ReturnType<typeof passing>) => {
    const decision = await authenticate(snapshot, factsOf({ host, authorization }), portsWith(defaults.keys, { introspection }));
    return decision.outcome === "deny" ? decision.code : decision.outcome;
  };

  it("is never let through unverified, whatever the policy of a route that the host leads to", async () => {
    const snapshot = passing(["subdomain", "token_claim"]);
    expect(await outcomeAt("acme.api.example.com", snapshot)).toBe("allow");
    expect(await outcomeAt("gateway.example.net", snapshot)).toBe("idp_unavailable");
    expect(await outcomeAt("gateway.example.net", passing(["subdomain"]))).toBe("tenant_not_identified");
  });
});
