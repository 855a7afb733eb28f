import { describe, expect, test } from "vitest";
import { compileOrThrow, fleetOf, idpOf, inputOf, tenantOf } from "../testing/open-fleet.fixture.js";
import { compileInSteps, compileSnapshot, type SnapshotInput } from "./compile-snapshot.js";

const route = { upstream: "main", authentication: { mode: "required" } };
const errorsOf = (input: SnapshotInput, previous?: Parameters<typeof compileSnapshot>[1]) => {
  const result = compileSnapshot(input, previous);
  return result.ok ? [] : result.errors;
};
const one = (parts: Record<string, unknown>, settings: Record<string, unknown> = {}) => inputOf([tenantOf("acme", parts)], fleetOf(settings));
const headers = (over: Record<string, unknown>) => ({ propagationPolicies: { p: { strategy: "headers", ...over } } });

describe("what cannot be used is refused with the entity's path", () => {
  test.each<[string, SnapshotInput, string, string]>([
    ["a route's upstream that is not there", one({ routes: { main: { ...route, upstream: "nope" } } }), "tenants/acme/routes/main", "upstream nope"],
    [
      "an upstream named like an object's member",
      one({ routes: { main: { ...route, upstream: "constructor" } } }),
      "tenants/acme/routes/main",
      "upstream constructor",
    ],
    [
      "a route's propagation policy that is not there",
      one({ routes: { main: { ...route, propagation: "nope" } } }),
      "tenants/acme/routes/main",
      "propagation policy nope",
    ],
    [
      "a route's degradation policy that is not there",
      one({ routes: { main: { ...route, degradation: "nope" } } }),
      "tenants/acme/routes/main",
      "degradation policy nope",
    ],
    [
      "a route's IdP that is not there",
      one({ routes: { main: { upstream: "main", authentication: { mode: "required", identityProviders: ["nope"] } } } }),
      "tenants/acme/routes/main",
      "identity provider nope",
    ],
    [
      "a limit's route that is not there",
      one({ rateLimitPolicies: { few: { key: ["tenant"], limit: 1, burst: 1, routes: ["nope"] } } }),
      "tenants/acme/rateLimitPolicies/few",
      "route nope",
    ],
    [
      "plans on a tenant's own limit",
      one({ rateLimitPolicies: { few: { key: ["tenant"], limit: 1, burst: 1, plans: ["gold"] } } }),
      "tenants/acme/rateLimitPolicies/few",
      "plans",
    ],
    [
      "overrides on a tenant's own limit",
      one({ rateLimitPolicies: { few: { key: ["tenant"], limit: 1, burst: 1, overrides: { tenants: { acme: { limit: 9, burst: 9 } } } } } }),
      "tenants/acme/rateLimitPolicies/few",
      "overrides",
    ],
    [
      "another tenant's key in a tenant's own limit",
      one({ rateLimitPolicies: { few: { key: ["tenant"], limit: 1, burst: 1, exempt: { apiKeys: ["globex/batch"] } } } }),
      "tenants/acme/rateLimitPolicies/few",
      "globex/batch names a tenant",
    ],
    [
      "a key without its tenant in a limit of the fleet",
      { ...one({}), fleet: fleetOf({}, { few: { key: ["tenant"], limit: 1, burst: 1, exempt: { apiKeys: ["batch"] } } }) },
      "fleet/rateLimitPolicies/few",
      "acme/batch",
    ],
    [
      "a limit by username of a route that names no field",
      one({ routes: { main: route }, rateLimitPolicies: { few: { key: ["username"], limit: 1, burst: 1, routes: ["main"] } } }),
      "tenants/acme/rateLimitPolicies/few",
      "names no usernameField",
    ],
    [
      "a field of WebSockets",
      one({ routes: { main: { ...route, usernameField: "email", websocket: true } } }),
      "tenants/acme/routes/main",
      "usernameField",
    ],
    [
      "a field twice",
      one({ routes: { main: { ...route, usernameField: "email", upstreamLogin: { usernameField: "user" } } } }),
      "tenants/acme/routes/main",
      "upstreamLogin names it already",
    ],
    ["two routes of one prefix", one({ routes: { a: route, b: route } }), "tenants/acme/routes/b", "route a"],
    [
      "two routes of one prefix but for a slash",
      one({ routes: { a: { ...route, pathPrefix: "/v1" }, b: { ...route, pathPrefix: "/v1/" } } }),
      "tenants/acme/routes/b",
      "route a",
    ],
    [
      "two routes with a method in common",
      one({ routes: { a: { ...route, methods: ["GET", "PUT"] }, b: { ...route, methods: ["PUT"] } } }),
      "tenants/acme/routes/b",
      "PUT",
    ],
    [
      "two IdPs with one issuer and audience",
      one({ identityProviders: { a: idpOf("https://i.example"), b: idpOf("https://i.example") } }),
      "tenants/acme/identityProviders/b",
      "those of a",
    ],
    ["a domain that is a base domain", one({ domains: ["example.com"] }, { baseDomains: ["example.com"] }), "tenants/acme", "base domain"],
    [
      "a domain that names another tenant",
      one({ domains: ["globex.example.com"] }, { baseDomains: ["example.com"] }),
      "tenants/acme",
      "tenant globex",
    ],
    ["an upstream with a port out of range", one({ upstreams: { main: { url: "http://a:99999" } } }), "tenants/acme/upstreams/main", "port"],
    [
      "targets with different base paths",
      one({ upstreams: { main: { targets: [{ url: "http://a/x" }, { url: "http://b/y" }] } } }),
      "tenants/acme/upstreams/main",
      "the same base path",
    ],
    [
      "TLS settings on plain http",
      one({ upstreams: { main: { url: "http://a", tls: { minVersion: "1.3" } } } }),
      "tenants/acme/upstreams/main",
      "plain http",
    ],
    [
      "a client certificate that is not declared",
      one({ upstreams: { main: { url: "https://a", tls: { clientCertificate: "nodes" } } } }),
      "tenants/acme/upstreams/main",
      "there is no secret nodes",
    ],
    [
      "a client certificate of another type",
      one({ upstreams: { main: { url: "https://a", tls: { clientCertificate: "nodes" } } }, secrets: { nodes: { type: "private_key" } } }),
      "tenants/acme/upstreams/main",
      "is a private_key",
    ],
    [
      "a target in two spellings",
      one({ upstreams: { main: { targets: [{ url: "https://a" }, { url: "https://A:443" }] } } }),
      "tenants/acme/upstreams/main",
      "named twice",
    ],
    ["an upstream with dot segments", one({ upstreams: { main: { url: "http://a/x/../y" } } }), "tenants/acme/upstreams/main", "dot segments"],
    ["an identity header that is HTTP's", one(headers({ headers: { userId: "Connection" } })), "tenants/acme/propagationPolicies/p", "Connection"],
    [
      "an identity header that is the gateway's",
      one(headers({ headers: { userId: "X-Request-Id" } })),
      "tenants/acme/propagationPolicies/p",
      "X-Request-Id",
    ],
    [
      "an identity header that frames the body",
      one(headers({ headers: { userId: "content-length" } })),
      "tenants/acme/propagationPolicies/p",
      "content-length",
    ],
    [
      "two identity headers of one name",
      one(headers({ headers: { userId: "X-Who", email: "x-who" } })),
      "tenants/acme/propagationPolicies/p",
      "x-who",
    ],
    [
      "a claim's header that is set already",
      one(headers({ claims: [{ header: "X-User-Id", claim: "x" }] })),
      "tenants/acme/propagationPolicies/p",
      "X-User-Id",
    ],
    ["a tenant header that is HTTP's", one({}, { resolution: ["header"], tenantHeader: "Host" }), "fleet", "Host"],
    ["API keys under an identity's name", one({}, { apiKeys: { header: "X-User-Id" } }), "fleet", "X-User-Id"],
    ["a tenant path with dot segments", one({}, { tenantPathPrefix: "/a/.." }), "fleet", "dot segments"],
    ["a tenant that stands there twice", inputOf([tenantOf("acme"), tenantOf("acme")]), "tenants/acme", "twice"],
    [
      "two tenants with one domain",
      inputOf([tenantOf("acme", { domains: ["a.example"] }), tenantOf("globex", { domains: ["a.example"] })]),
      "tenants/globex",
      "tenants/acme",
    ],
  ])("%s", (_, input, path, message) => {
    expect(errorsOf(input)).toContainEqual(expect.objectContaining({ path, message: expect.stringContaining(message) }));
  });

  test("all errors at once", () => {
    const input = inputOf([
      tenantOf("acme", { routes: { main: { ...route, upstream: "x", propagation: "y" } } }),
      tenantOf("globex", { routes: { main: { ...route, upstream: "z" } } }),
    ]);
    expect(errorsOf(input).map(({ path }) => path)).toEqual(["tenants/acme/routes/main", "tenants/acme/routes/main", "tenants/globex/routes/main"]);
  });
});

describe("the isolation proof", () => {
  const claim = (name: string, value: string) => ({ tenantClaim: { claim: name, value } });
  const pair = (a: Record<string, unknown>, b: Record<string, unknown>, audience = "api") =>
    inputOf([
      tenantOf("acme", { identityProviders: { main: idpOf("https://i.example", "api", a) } }),
      tenantOf("globex", { identityProviders: { login: idpOf("https://i.example", audience, b) } }),
    ]);
  const both = ["tenants/acme/identityProviders/main", "tenants/globex/identityProviders/login"];

  test.each<[string, SnapshotInput]>([
    ["neither has a tenant claim", pair({}, {})],
    ["one has no tenant claim", pair(claim("org", "a"), {})],
    ["both have the same value", pair(claim("org", "a"), claim("org", "a"))],
    ["the claims differ", pair(claim("org", "a"), claim("tid", "b"))],
  ])("refuses a shared issuer and audience when %s, naming both", (_, input) => {
    expect(
      errorsOf(input)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(both);
  });

  test("takes disjoint values, disjoint audiences, and a sharer that is disabled", () => {
    expect(errorsOf(pair(claim("org", "a"), claim("org", "b")))).toEqual([]);
    expect(errorsOf(pair({}, {}, "other"))).toEqual([]);
    expect(errorsOf(pair({}, { status: "disabled" }))).toEqual([]);
  });

  test("holds across revisions: a tenant that is added or changed is proved against those that stay", () => {
    const acme = tenantOf("acme", { identityProviders: { main: idpOf("https://i.example") } });
    const globex = tenantOf("globex", { identityProviders: { login: idpOf("https://i.example") } });
    const fleet = fleetOf();
    const first = compileOrThrow(inputOf([acme], fleet));
    expect(errorsOf(inputOf([acme, globex], fleet), first)).toHaveLength(2);
    const harmless = compileOrThrow(inputOf([acme, tenantOf("globex")], fleet), first);
    expect(errorsOf(inputOf([acme, globex], fleet), harmless)).toHaveLength(2);
    expect(errorsOf(inputOf([globex], fleet), harmless)).toEqual([]);
  });
});

describe("compiling on top of the running snapshot", () => {
  const fleet = fleetOf();
  const acme = tenantOf("acme", { domains: ["a.example"], identityProviders: { main: idpOf("https://a.example") } });
  const globex = tenantOf("globex", { domains: ["g.example"], identityProviders: { main: idpOf("https://g.example") } });
  const first = compileOrThrow(inputOf([acme, globex], fleet));

  test("takes over what did not change, epoch and all, and gives the rest a new epoch", () => {
    const changed = tenantOf("globex", { plan: "gold" });
    const next = compileOrThrow(inputOf([acme, changed], fleet), first);
    expect(next.tenants.get("acme")).toBe(first.tenants.get("acme"));
    expect(next.tenants.get("globex")?.epoch).toBeGreaterThan(first.tenants.get("globex")?.epoch ?? 0);
    expect(next.issuers.has("https://g.example")).toBe(false);
    expect(next.domains.has("g.example")).toBe(false);
    expect(first.issuers.has("https://g.example")).toBe(true);
  });

  test("knows an unchanged section that was parsed anew by its hash", () => {
    const hashes = new Map([
      ["fleet", "1".repeat(64)],
      ["tenants/acme", "2".repeat(64)],
    ]);
    const hashOf = (name: string) => hashes.get(name);
    const before = compileOrThrow({ ...inputOf([acme], fleet), hashOf });
    const after = compileOrThrow({ ...inputOf([structuredCloneOf(acme)], fleetOf()), hashOf }, before);
    expect(after.tenants.get("acme")).toBe(before.tenants.get("acme"));
    hashes.set("tenants/acme", "3".repeat(64));
    const changed = compileOrThrow({ ...inputOf([acme], fleet), hashOf }, before);
    expect(changed.tenants.get("acme")).not.toBe(before.tenants.get("acme"));
  });

  test("compiles every tenant again when the fleet's section changed", () => {
    const next = compileOrThrow(inputOf([acme, globex], fleetOf({ usualTenantClaim: "tid" })), first);
    expect(next.tenants.get("acme")).not.toBe(first.tenants.get("acme"));
    expect(next.tenants.get("acme")?.epoch).toBe(first.epoch + 1);
  });

  test("forgets a tenant that is gone, and moves a domain from one to the other", () => {
    const heir = tenantOf("globex", { domains: ["a.example", "g.example"] });
    const next = compileOrThrow(inputOf([heir], fleet), first);
    expect([...next.tenants.keys()]).toEqual(["globex"]);
    expect(next.domains.get("a.example")?.slug).toBe("globex");
    expect(next.issuers.size).toBe(0);
  });

  test("gives the same indexes as compiling from nothing", () => {
    const changed = tenantOf("globex", { domains: ["new.example"], identityProviders: { main: idpOf("https://a.example", "other") } });
    const onTop = compileOrThrow(inputOf([acme, changed], fleet), first);
    const afresh = compileOrThrow(inputOf([acme, changed], fleet));
    const shape = (snapshot: typeof onTop) => ({
      tenants: [...snapshot.tenants.keys()].sort(),
      domains: [...snapshot.domains].map(([domain, { slug }]) => `${domain} ${slug}`).sort(),
      issuers: [...snapshot.issuers].map(([issuer, idps]) => `${issuer} ${idps.map(({ id }) => id).sort()}`).sort(),
      endpoints: [...snapshot.endpoints].map(([key, idps]) => `${key} ${idps.map(({ id }) => id).sort()}`).sort(),
      acceptances: [...snapshot.acceptances].map(([key, idps]) => `${key} ${idps.map(({ id }) => id).sort()}`).sort(),
    });
    expect(shape(onTop)).toEqual(shape(afresh));
  });

  test("holds the IdPs of what runs, and none that they replaced, also where nothing of them changed but their tenant", () => {
    const sharing = (slug: string, plan: string) =>
      tenantOf(slug, {
        plan,
        identityProviders: { main: { issuer: "https://shared.example", audiences: ["a"], tenantClaim: { claim: "org", value: slug } } },
      });
    const before = compileOrThrow(inputOf([sharing("acme", "free"), sharing("initech", "free")], fleet));
    const next = compileOrThrow(inputOf([sharing("acme", "gold"), sharing("initech", "free")], fleet), before);
    const running = [...next.tenants.values()].flatMap((tenant) => [...tenant.identityProviders.values()]);
    expect(next.tenants.get("acme")?.epoch).toBeGreaterThan(before.epoch);
    for (const index of [next.issuers, next.acceptances]) {
      const held = [...index.values()].flat();
      expect(held).toHaveLength(2);
      for (const idp of held) expect(running).toContain(idp);
    }
    expect([...before.issuers.values()].flat()).not.toContain(next.tenants.get("acme")?.identityProviders.get("main"));
  });

  test("pauses after each tenant that it compiles, and while it looks through many that it takes over", () => {
    const pausesOf = (input: SnapshotInput, previous?: typeof first) => {
      const steps = compileInSteps(input, previous);
      let pauses = 0;
      for (let step = steps.next(); step.done !== true; step = steps.next()) pauses++;
      return pauses;
    };
    const many = Array.from({ length: 3_000 }, (_, n) => tenantOf(`t${n}`));
    const unchanged = pausesOf(inputOf([acme, globex], fleet), first);
    expect(pausesOf(inputOf([acme, tenantOf("globex")], fleet), first)).toBeGreaterThan(unchanged);
    expect(pausesOf(inputOf(many, fleet))).toBeGreaterThanOrEqual(3_000);
    // Indexes of what was compiled, and of what that replaces, pause as well.
    const issuing = Array.from({ length: 3_000 }, (_, n) => tenantOf(`t${n}`, { identityProviders: { main: idpOf(`https://${n}.example`) } }));
    const before = compileOrThrow(inputOf(issuing, fleet));
    expect(pausesOf(inputOf(issuing, fleetOf({ tenantHeader: "X-Other-Tenant" })), before)).toBeGreaterThanOrEqual(3_000 + 3 * 30);
    expect(pausesOf(inputOf(many, fleet), compileOrThrow(inputOf(many, fleet)))).toBeGreaterThanOrEqual(3);
  });
});

describe("tenants that ask one provider about tokens", () => {
  const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
  const secrets = { introspection: {} };
  const ISSUER = "https://shared.example";
  const asked = (issuer: string, audience: string, introspection: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
    ...idpOf(issuer, audience),
    introspection: { client, ...introspection },
    ...more,
  });
  const claim = (value: string, name = "tenant_id") => ({ tenantClaim: { claim: name, value } });
  const strict = { required: ["iss", "aud"] };
  const endpoint = "https://shared.example/introspect";
  const fleetWith = (acme: Record<string, unknown>, globex: Record<string, unknown>) =>
    inputOf(
      [tenantOf("acme", { secrets, identityProviders: { main: acme } }), tenantOf("globex", { secrets, identityProviders: { main: globex } })],
      fleetOf(),
    );

  test.each<[string, SnapshotInput, string | null]>([
    ["one issuer, audiences apart, no tenant claim", fleetWith(asked(ISSUER, "a"), asked(ISSUER, "b")), "name a tenant claim, or require"],
    ["one issuer, one asked and one inline", fleetWith(asked(ISSUER, "a"), idpOf(ISSUER, "b")), "name a tenant claim, or require"],
    ["one issuer, answers that must say for whom", fleetWith(asked(ISSUER, "a", strict), asked(ISSUER, "b", strict)), null],
    ["one issuer, answers that must name the audience", fleetWith(asked(ISSUER, "a", { required: ["aud"] }), idpOf(ISSUER, "b")), null],
    [
      "one issuer, answers that must name the issuer alone",
      fleetWith(asked(ISSUER, "a", { required: ["iss"] }), idpOf(ISSUER, "b")),
      "or require iss and aud",
    ],
    ["one issuer, tenant claims apart", fleetWith(asked(ISSUER, "a", {}, claim("acme")), asked(ISSUER, "b", {}, claim("globex"))), null],
    [
      "one issuer, only the asked one with a tenant claim",
      fleetWith(asked(ISSUER, "a", {}, claim("acme", "org")), idpOf(ISSUER, "b")),
      "name a tenant claim, or require",
    ],
    ["one issuer, one value", fleetWith(asked(ISSUER, "a", {}, claim("acme")), asked(ISSUER, "b", {}, claim("acme"))), "different values"],
    [
      "one issuer, two claims",
      fleetWith(asked(ISSUER, "a", {}, claim("acme")), asked(ISSUER, "b", {}, claim("globex", "org"))),
      "the same tenant claim",
    ],
    [
      "one endpoint under two issuers",
      fleetWith(asked("https://a.example", "api", { endpoint }), asked("https://b.example", "api", { endpoint })),
      "name a tenant claim, or require",
    ],
    [
      "one endpoint in two spellings",
      fleetWith(
        asked("https://a.example", "api", { endpoint }),
        asked("https://b.example", "api", { endpoint: "https://SHARED.example:443/introspect" }),
      ),
      "name a tenant claim, or require",
    ],
    [
      "one endpoint under two issuers that answers must name",
      fleetWith(asked("https://a.example", "api", { endpoint, ...strict }), asked("https://b.example", "api", { endpoint, ...strict })),
      null,
    ],
    ["issuers and endpoints apart", fleetWith(asked("https://a.example", "api"), asked("https://b.example", "api")), null],
  ])("%s", (_what, input, message) => {
    const errors = errorsOf(input);
    if (message === null) expect(errors).toEqual([]);
    else
      expect(errors).toContainEqual(
        expect.objectContaining({ path: "tenants/acme/identityProviders/main", message: expect.stringContaining(message) }),
      );
  });

  test("one tenant may ask one provider for as many of its own as it likes", () => {
    const identityProviders = { a: asked(ISSUER, "a"), b: asked(ISSUER, "b") };
    expect(errorsOf(one({ secrets, identityProviders }))).toEqual([]);
  });
});

test("answers may be used as long as the most patient route with USE_CACHED_OR_REJECT allows", () => {
  const policies = {
    degradationPolicies: {
      short: { cachedAnswerMaxAgeSeconds: 60 },
      long: { cachedAnswerMaxAgeSeconds: 7_200 },
      reject: { introspection: "REJECT_ALL", cachedAnswerMaxAgeSeconds: 86_400 },
    },
    identityProviders: { main: idpOf("https://a.example") },
  };
  const ageWith = (routes: Record<string, unknown>) =>
    compileOrThrow(one({ ...policies, routes }))
      .tenants.get("acme")
      ?.identityProviders.get("main")?.cachedAnswersMaxAgeMs;
  expect(ageWith({ a: { ...route, degradation: "short" } })).toBe(60_000);
  expect(ageWith({ a: { ...route, degradation: "short" }, b: { ...route, pathPrefix: "/b", degradation: "long" } })).toBe(7_200_000);
  expect(ageWith({ a: { ...route, degradation: "reject" } })).toBe(0);
  expect(ageWith({})).toBe(300_000);
});

test("stale keys may be used as long as the most patient route allows, and the default where none says", () => {
  const policies = {
    degradationPolicies: { short: { staleKeysMaxAgeSeconds: 60 }, long: { staleKeysMaxAgeSeconds: 7_200 } },
    identityProviders: { main: idpOf("https://a.example") },
  };
  const ageWith = (routes: Record<string, unknown>) =>
    compileOrThrow(one({ ...policies, routes }))
      .tenants.get("acme")
      ?.identityProviders.get("main")?.staleKeysMaxAgeMs;
  expect(ageWith({ a: { ...route, degradation: "short" } })).toBe(60_000);
  expect(ageWith({ a: { ...route, degradation: "short" }, b: { ...route, pathPrefix: "/b", degradation: "long" } })).toBe(7_200_000);
  expect(ageWith({ a: { ...route, degradation: "short" }, b: { ...route, pathPrefix: "/b" } })).toBe(3_600_000);
  expect(ageWith({})).toBe(3_600_000);
});

const structuredCloneOf = (section: ReturnType<typeof tenantOf>): typeof section => JSON.parse(JSON.stringify(section));

test("a tenant's policy and the fleet's of the same name count apart, also when they say the same, and routes share each of them", () => {
  const input = inputOf(
    [
      tenantOf("acme", {
        rateLimitPolicies: { same: { key: ["tenant"], limit: 5, burst: 5 } },
        routes: { a: route, b: { ...route, pathPrefix: "/b" } },
      }),
    ],
    fleetOf({}),
  );
  const own = input.tenants[0]?.rateLimitPolicies.same;
  if (own === undefined) throw new Error("no policy");
  // The very object: what is compiled once is known by which policy it is, and not by what that says.
  const routes = compileOrThrow({ ...input, fleet: { ...input.fleet, rateLimitPolicies: { same: own } } }).tenants.get("acme")?.routes ?? [];
  const prefixes = routes.map(({ limits }) => limits.map(({ bucketPrefix }) => bucketPrefix));
  expect(prefixes).toEqual([prefixes[0], prefixes[0]]);
  expect(prefixes[0]).toEqual(["fleet/same|tenant=acme", "tenants/acme/same|tenant=acme"]);
  expect(routes[0]?.limits).toBe(routes[1]?.limits);
});

test("the default policy is one that would pass as an operator's: names that are settable, reserved, and there once", () => {
  const own = compileOrThrow(one({ ...headers({}), routes: { main: { ...route, propagation: "p" } } })).tenants.get("acme")?.routes[0];
  const byDefault = compileOrThrow(one({ routes: { main: route } })).tenants.get("acme")?.routes[0];
  expect(byDefault?.compiledPropagation).toEqual(own?.compiledPropagation);
  expect(byDefault?.compiledPropagation.ownNames).toBeNull();
});

describe("the fleet's default identity provider", () => {
  const ISSUER = "https://shared.example";
  const settings = { defaultIdentityProvider: { issuer: ISSUER, audiences: ["api"], tenantClaim: "tenant" } };
  const idpsOf = (...tenants: Parameters<typeof inputOf>[0]) =>
    [...compileOrThrow(inputOf(tenants, fleetOf(settings))).tenants.values()].map(({ identityProviders }) => [...identityProviders.values()]);

  test("is that of each tenant without one of its own, and its tokens must name that tenant by its slug", () => {
    const [acme, globex] = idpsOf(tenantOf("acme"), tenantOf("globex"));
    expect(acme).toMatchObject([{ id: "acme/default", issuer: ISSUER, tenantClaim: { path: ["tenant"], value: "acme" } }]);
    expect(globex).toMatchObject([{ id: "globex/default", tenantClaim: { path: ["tenant"], value: "globex" } }]);
  });

  test("takes no part where a tenant declares one, enabled or not", () => {
    const [own, disabled] = idpsOf(
      tenantOf("acme", { identityProviders: { main: idpOf("https://a.example", "api") } }),
      tenantOf("globex", { identityProviders: { main: { ...idpOf("https://g.example", "api"), status: "disabled" } } }),
    );
    expect(own?.map(({ name }) => name)).toEqual(["main"]);
    expect(disabled).toEqual([]);
  });

  test("needs its tenant claim told apart from whoever shares its issuer and audience", () => {
    const sharing = (tenantClaim: unknown) =>
      errorsOf(
        inputOf([tenantOf("acme"), tenantOf("globex", { identityProviders: { main: { ...idpOf(ISSUER, "api"), tenantClaim } } })], fleetOf(settings)),
      );
    expect(sharing(null)).toContainEqual(
      expect.objectContaining({ path: "tenants/globex/identityProviders/main", message: expect.stringContaining("name a tenant claim") }),
    );
    expect(sharing({ claim: "tenant", value: "acme" })).not.toEqual([]);
    expect(sharing({ claim: "tenant", value: "globex" })).toEqual([]);
  });

  test("changes every tenant that uses it when it changes", () => {
    const before = compileOrThrow(inputOf([tenantOf("acme")], fleetOf(settings)));
    const next = { defaultIdentityProvider: { ...settings.defaultIdentityProvider, audiences: ["other"] } };
    const after = compileOrThrow(inputOf([tenantOf("acme")], fleetOf(next)), before);
    expect([...(after.tenants.get("acme")?.identityProviders.get("default")?.audiences ?? [])]).toEqual(["other"]);
  });
});

describe("tokens that name tenants", () => {
  const naming = fleetOf({ resolution: ["subdomain", "token_claim"] });
  const ISSUER = "https://shared.example";
  /** Tenants of one issuer, each with an audience of its own: what the isolation of audiences alone asks nothing of. */
  const sharing = (claims: Readonly<Record<string, Record<string, unknown> | null>>) =>
    Object.entries(claims).map(([slug, tenantClaim]) =>
      tenantOf(slug, { identityProviders: { main: idpOf(ISSUER, `${slug}-api`, { tenantClaim }) } }),
    );
  const org = (value: string) => ({ claim: "org", value });

  test.each<[string, Parameters<typeof sharing>[0], string]>([
    ["one value at two tenants", { acme: org("x"), globex: org("x") }, "different values"],
    ["two claims at one issuer", { acme: org("x"), globex: { claim: "company", value: "y" } }, "same tenant claim"],
    ["a claim of one's own beside the usual one", { acme: org("x"), globex: null }, "same tenant claim"],
    [
      "a value that is the slug of a tenant with the usual claim",
      { acme: { claim: "tenant_id", value: "globex" }, globex: null },
      "different values",
    ],
  ])("%s is refused with both paths, and only where tokens may name tenants", (_, claims, words) => {
    const errors = errorsOf(inputOf(sharing(claims), naming));
    expect(errors.map(({ path }) => path).sort()).toEqual(["tenants/acme/identityProviders/main", "tenants/globex/identityProviders/main"]);
    for (const { message } of errors) expect(message).toContain(words);
    expect(errorsOf(inputOf(sharing(claims)))).toEqual([]);
  });

  test("are found by issuer and value, and follow a revision that changes one tenant or the setting", () => {
    const first = compileOrThrow(inputOf(sharing({ acme: org("a"), globex: org("g"), initech: null }).slice(0, 2), naming));
    const namedBy = (compiled: typeof first) =>
      Object.fromEntries([...compiled.namedByToken].map(([key, idps]) => [key, idps.map(({ tenant }) => tenant)]));
    expect(namedBy(first)).toEqual({ [`${ISSUER}\na`]: ["acme"], [`${ISSUER}\ng`]: ["globex"] });
    const [acme] = sharing({ acme: org("a2") });
    const [, globex] = sharing({ acme: org("a"), globex: org("g") });
    if (acme === undefined || globex === undefined) throw new Error("no tenants");
    const second = compileOrThrow(inputOf([acme, globex], naming), first);
    expect(namedBy(second)).toEqual({ [`${ISSUER}\na2`]: ["acme"], [`${ISSUER}\ng`]: ["globex"] });
    expect(namedBy(compileOrThrow(inputOf([acme, globex]), second))).toEqual({});
    expect(errorsOf(inputOf([sharing({ acme: org("g") })[0] ?? acme, globex], naming), second)).toHaveLength(2);
  });
});
