import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "./canonical.js";
import { configDocument, configDocumentJsonSchema, KIND_SPECS } from "./documents.js";
import { hostname, tenantSlug } from "./names.js";
import { rankOf } from "./rank.fixture.js";
import { installationHash, nameOfSection, rootHash, type Section, section, sectionHash, sectionName } from "./sections.js";

/** The hash is a port. The text itself in its place shows what is hashed: equal hashes are then equal texts. */
const sha256 = (text: string) => text;
const hashOf = (value: Section) => sectionHash(value, sha256);

/** A tenant with something of everything, as an author might write it: unsorted sets, defaults left out. */
const tenant = {
  kind: "tenant",
  slug: "acme",
  plan: "gold",
  status: "active",
  domains: ["b.example", "a.example"],
  secrets: { okta: {}, signer: { type: "private_key" } },
  identityProviders: {
    main: {
      issuer: "https://idp.acme.example",
      audiences: ["b", "a"],
      algorithms: ["RS256", "ES256"],
      requiredClaims: [{ claim: "z" }, { claim: "/a/b", oneOf: ["y", "x"] }],
      tenantClaim: { claim: "org", value: "acme" },
    },
  },
  upstreams: { main: { url: "https://upstream.example/base/" } },
  routes: {
    main: {
      upstream: "main",
      methods: ["PUT", "GET"],
      authentication: { mode: "required", requiredScopes: ["w", "r"] },
      propagation: "own",
      degradation: "patient",
    },
    open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  },
  rateLimitPolicies: { few: { key: ["tenant", "client_ip"], limit: 10, burst: 5, routes: ["open", "main"] } },
  propagationPolicies: {
    own: {
      strategy: "headers",
      claims: [
        { header: "X-B", claim: "b" },
        { header: "X-A", claim: "a" },
      ],
    },
  },
  degradationPolicies: { patient: { staleKeysMaxAgeSeconds: 7_200 } },
};
const fleet = {
  kind: "fleet",
  settings: { baseDomains: ["b.example.com", "a.example.com"], resolution: ["header", "path"], trustedProxies: ["10.0.0.0/8", "fd00::/8"] },
  rateLimitPolicies: {
    tenant: { key: ["tenant"], limit: 10_000, burst: 500, plans: ["gold", "basic"] },
    login: {
      key: ["username", "client_ip"],
      limit: 5,
      burst: 3,
      action: "slow_down",
      order: 10,
      exempt: { addresses: ["203.0.113.0/24", "198.51.100.0/24"], apiKeys: ["acme/two", "acme/one"] },
      overrides: { plans: { gold: { limit: 50, burst: 30 } }, tenants: { acme: { limit: 9, burst: 9, windowSeconds: 60, action: "observe" } } },
    },
  },
};

type Path = readonly (string | number)[];

/** Every place of a document: objects and their paths. */
function* objectsWithin(value: unknown, path: Path = []): Generator<readonly [Record<string, unknown>, Path]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [value as Record<string, unknown>, path];
  for (const [name, member] of Object.entries(value)) yield* objectsWithin(member, [...path, name]);
}

const RECORDS = new Set(["secrets", "identityProviders", "upstreams", "routes", "rateLimitPolicies", "propagationPolicies", "degradationPolicies"]);
const isRecord = (path: Path) => (path.length === 1 && RECORDS.has(String(path[0]))) || path.at(-2) === "overrides";

/** Sets whose order means nothing; `resolution` and `authenticators` are lists. */
const LISTS = new Set(["resolution", "authenticators"]);
function reordered(value: unknown, seed: number, name = ""): unknown {
  const byRank = (a: unknown, b: unknown) => rankOf(JSON.stringify(a), seed) - rankOf(JSON.stringify(b), seed);
  if (Array.isArray(value)) {
    const items = value.map((item) => reordered(item, seed));
    return LISTS.has(name) ? items : [...items, ...items.filter((item) => typeof item === "string")].sort(byRank);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reordered(member, seed, key)] as const)
      .sort(byRank),
  );
}

describe.each([
  ["tenant", tenant],
  ["fleet", fleet],
])("a %s section", (_, document) => {
  test("parses to what parses to itself", () => {
    const once = section.parse(document);
    expect(section.parse(once)).toEqual(once);
    expect(hashOf(section.parse(once))).toBe(hashOf(once));
  });

  test("has one hash, however its author ordered members and sets, and whether members of sets stand twice", () => {
    const expected = hashOf(section.parse(document));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(hashOf(section.parse(reordered(document, seed)))).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  test("has one hash, whether defaults are written out or left out", () => {
    const written = JSON.parse(canonicalJson(section.parse(document) as unknown as JsonValue));
    expect(hashOf(section.parse(written))).toBe(hashOf(section.parse(document)));
  });

  test("refuses an unknown member at every place", () => {
    const places = [...objectsWithin(section.parse(document))].filter(([, path]) => !isRecord(path));
    expect(places.length).toBeGreaterThan(3);
    for (const [, path] of places) {
      const copy = JSON.parse(JSON.stringify(section.parse(document)));
      const place = path.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy);
      place.unknownMember = 1;
      expect(section.safeParse(copy).success, path.join("/")).toBe(false);
    }
  });

  test("changes its hash with every change of meaning", () => {
    const before = hashOf(section.parse(document));
    const changed =
      document.kind === "tenant" ? { ...tenant, plan: "basic" } : { ...fleet, settings: { ...fleet.settings, resolution: ["path", "header"] } };
    expect(hashOf(section.parse(changed))).not.toBe(before);
  });
});

describe("unknown is refused, never skipped", () => {
  test.each([
    ["a section's kind", { ...tenant, kind: "group" }],
    ["a route's authentication mode", { ...tenant, routes: { main: { upstream: "main", authentication: { mode: "trust" } } } }],
    ["an authenticator", { ...tenant, routes: { main: { upstream: "main", authentication: { mode: "required", authenticators: ["basic"] } } } }],
    ["an algorithm", { ...tenant, identityProviders: { main: { ...tenant.identityProviders.main, algorithms: ["HS256"] } } }],
    ["the algorithm none", { ...tenant, identityProviders: { main: { ...tenant.identityProviders.main, algorithms: ["none"] } } }],
    ["a key source", { ...tenant, identityProviders: { main: { ...tenant.identityProviders.main, keys: { kind: "file", path: "/x" } } } }],
    ["a propagation strategy", { ...tenant, propagationPolicies: { own: { strategy: "cookies" } } }],
    ["a tenant's status", { ...tenant, status: "dormant" }],
    ["a secret's type", { ...tenant, secrets: { okta: { type: "password" } } }],
    ["a secret's value", { ...tenant, secrets: { okta: { type: "client_secret", value: "hunter2" } } }],
    ["a secret's source", { ...tenant, secrets: { okta: { type: "client_secret", valueFrom: { env: "X" } } } }],
    ["a resolution source", { ...fleet, settings: { resolution: ["query"] } }],
    ["a rate limit's key", { ...fleet, rateLimitPolicies: { x: { key: ["moon"], limit: 1, burst: 1 } } }],
    ["an entity's name that is none", { ...tenant, upstreams: { __proto__x: { url: "https://a" } } }],
  ])("%s", (_, document) => {
    expect(section.safeParse(document).success).toBe(false);
  });

  test.each(Object.keys(KIND_SPECS))("a %s document with an unknown member", (kind) => {
    const result = configDocument.safeParse({ apiVersion: "sallyport.dev/v1", kind, metadata: { name: "main", tenant: "acme" }, spec: {}, extra: 1 });
    expect(result.success).toBe(false);
  });

  test("a route that says nothing of authentication denies", () => {
    const parsed = section.parse({ ...tenant, routes: { main: { upstream: "main" } } });
    expect(parsed).toMatchObject({ routes: { main: { authentication: { mode: "deny" } } } });
  });
});

describe("root and installation hash", () => {
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
  const name = fc.oneof(fc.constant("fleet"), fc.stringMatching(/^tenants\/[a-z]{1,5}$/), fc.stringMatching(/^installation\/[a-z]{1,5}$/));
  const manifests = fc.dictionary(name, hex);

  test("do not depend on order, and each covers its own sections alone", () => {
    fc.assert(
      fc.property(manifests, hex, (map, other) => {
        const reversed = Object.fromEntries(Object.entries(map).reverse());
        expect(rootHash(reversed, sha256)).toBe(rootHash(map, sha256));
        expect(installationHash(reversed, sha256)).toBe(installationHash(map, sha256));
        const seeded = { ...map, "installation/seed-keys": other };
        expect(rootHash(seeded, sha256)).toBe(rootHash(map, sha256));
        const declared = { ...map, "tenants/other-tenant": other };
        expect(rootHash(declared, sha256)).not.toBe(rootHash(map, sha256));
        expect(installationHash(declared, sha256)).toBe(installationHash(map, sha256));
      }),
    );
  });

  test("a section stands under its own name", () => {
    expect(nameOfSection(section.parse(tenant))).toBe("tenants/acme");
    expect(nameOfSection(section.parse(fleet))).toBe("fleet");
    for (const bad of ["", "tenants/", "tenants/A", "tenants/a/b", "Fleet", "installation/", "../x"])
      expect(sectionName.safeParse(bad).success).toBe(false);
  });
});

describe("names", () => {
  test.each(["Acme", "-a", "a-", "a_b", "", "a".repeat(64), "xn--a", "a.b", "ä"])("%j is no tenant's slug", (slug) =>
    expect(tenantSlug.safeParse(slug).success).toBe(false),
  );
  test.each(["A.example", "a.example.", "a..b", "a.example:80", "http://a", "ä.example", "a_b.example", `${"a".repeat(64)}.b`])(
    "%j is no canonical host",
    (host) => expect(hostname.safeParse(host).success).toBe(false),
  );

  test("the JSON Schema for editors names every kind and closes every object", () => {
    const text = JSON.stringify(configDocumentJsonSchema());
    for (const kind of Object.keys(KIND_SPECS)) expect(text).toContain(`"${kind}"`);
    expect(text).toContain('"additionalProperties":false');
  });
});
