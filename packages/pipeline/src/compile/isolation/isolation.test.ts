import type { FleetSection, TenantSection } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleetOf, inputOf, tenantOf } from "../../testing/open-fleet.fixture.js";
import { type CompileResult, compileSnapshot } from "../compile-snapshot.js";

const ISSUERS = ["https://one.example", "https://two.example"];
const AUDIENCES = ["a", "b"];
const CLIENTS = ["a", "web"];
const ENDPOINTS = ["https://ask.example/e1", "https://ask.example/e2"];
const SLUGS = ["acme", "globex", "initech"];
const VALUES = ["acme", "v"];
/** `org` in two spellings, a claim within it, and one whose name has the slash in it. */
const CLAIMS = ["org", "/org", "/org/id", "org/id", "tenant_id"];
const DOMAINS = ["shop.example", "globex.base.example", "initech.base.example"];

const client = { method: "client_secret_basic", clientId: "gateway", secret: "s" };
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });

const provider = fc.record({
  status: fc.constantFrom("enabled", "enabled", "enabled", "disabled"),
  issuer: fc.constantFrom(...ISSUERS),
  audiences: fc.subarray(AUDIENCES, { minLength: 1 }),
  tenantClaim: maybe(fc.record({ claim: fc.constantFrom(...CLAIMS), value: fc.constantFrom(...VALUES) })),
  introspection: maybe(
    fc.record(
      {
        client: fc.constant(client),
        tokens: fc.constantFrom("opaque", "all"),
        required: fc.subarray(["iss", "aud", "exp"]),
        endpoint: fc.constantFrom(...ENDPOINTS),
      },
      { requiredKeys: ["client", "tokens", "required"] },
    ),
  ),
  login: maybe(fc.record({ client: fc.constantFrom(...CLIENTS).map((clientId) => ({ method: "none", clientId })) })),
});

const fleets = fc.record({
  tenants: fc.uniqueArray(
    fc.record({
      slug: fc.constantFrom(...SLUGS),
      status: fc.constantFrom("active", "active", "suspended"),
      domains: fc.subarray(DOMAINS, { maxLength: 1 }),
      identityProviders: fc.dictionary(fc.constantFrom("x", "y"), provider, { maxKeys: 2 }),
    }),
    { minLength: 2, maxLength: 3, selector: ({ slug }) => slug },
  ),
  settings: fc.record({
    baseDomains: fc.constantFrom([], ["base.example"]),
    resolution: fc.constantFrom(["custom_domain", "subdomain"], ["subdomain", "token_claim"]),
    defaultIdentityProvider: maybe(
      fc.record({ issuer: fc.constantFrom(...ISSUERS), audiences: fc.constantFrom(["a"], ["b"]), tenantClaim: fc.constantFrom("org", "tenant_id") }),
    ),
  }),
});

interface Fleet {
  readonly tenants: readonly TenantSection[];
  readonly fleet: FleetSection;
}

const build = ({ tenants, settings }: { tenants: { slug: string }[]; settings: Record<string, unknown> }): Fleet => ({
  tenants: tenants.map(({ slug, ...parts }) => tenantOf(slug, { secrets: { s: {} }, ...parts })),
  fleet: fleetOf(settings),
});

/*
 * The oracle knows nothing of indexes: it makes up every token there can be, asks each provider whether it takes it, and looks whether two
 * tenants do. What a provider takes is written down once more, from BEHAVIOUR 3a, 3b and 4.
 */

type Spec = TenantSection["identityProviders"][string];
interface Provider {
  readonly tenant: string;
  readonly spec: Spec;
}
interface Token {
  readonly iss: string;
  readonly aud: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

function providersOf({ tenants, fleet: { settings } }: Fleet): Provider[] {
  const shared = settings.defaultIdentityProvider;
  return tenants.flatMap(({ slug, identityProviders }) => {
    const own = Object.values(identityProviders);
    if (own.length > 0 || shared === null) return own.filter(({ status }) => status === "enabled").map((spec) => ({ tenant: slug, spec }));
    const { tenantClaim, ...rest } = shared;
    const spec: Spec = { ...rest, status: "enabled", introspection: null, login: null, tenantClaim: { claim: tenantClaim, value: slug } };
    return [{ tenant: slug, spec }];
  });
}

const ORGS = [undefined, ...VALUES, { id: "acme" }, { id: "v" }];
const TEXTS = [undefined, ...VALUES];
const CLAIM_SETS = ORGS.flatMap((org) =>
  TEXTS.flatMap((flat) => [undefined, ...VALUES, ...SLUGS].map((usual) => ({ org, "org/id": flat, tenant_id: usual }) as Record<string, unknown>)),
);
// The default provider's claim has slugs as values.
for (const org of SLUGS) for (const flat of TEXTS) for (const usual of TEXTS) CLAIM_SETS.push({ org, "org/id": flat, tenant_id: usual });
const TOKENS: Token[] = ISSUERS.flatMap((iss) =>
  [...new Set([...AUDIENCES, ...CLIENTS])].flatMap((aud) => CLAIM_SETS.map((claims) => ({ iss, aud, claims }))),
);

function claimOf(claims: Token["claims"], claim: string): unknown {
  switch (claim) {
    case "/org/id": {
      const { org } = claims;
      return typeof org === "object" && org !== null && "id" in org ? org.id : undefined;
    }
    case "/org":
      return claims.org;
    default:
      return claims[claim];
  }
}

/** The issuers that somebody in the fleet says an address answers about. */
const answeredAt = (providers: readonly Provider[], endpoint: string | undefined): ReadonlySet<string> =>
  new Set(providers.filter(({ spec }) => endpoint !== undefined && spec.introspection?.endpoint === endpoint).map(({ spec }) => spec.issuer));

/** Whether the provider may take it: signed by its issuer, or called active by whom it asks, who may leave out what is not required. */
function takes({ spec }: Provider, { iss, aud, claims }: Token, providers: readonly Provider[]): boolean {
  if (spec.tenantClaim !== null && claimOf(claims, spec.tenantClaim.claim) !== spec.tenantClaim.value) return false;
  if (iss === spec.issuer && (spec.audiences.includes(aud) || spec.login?.client.clientId === aud)) return true;
  if (spec.introspection === null) return false;
  const { endpoint, required } = spec.introspection;
  const knows = iss === spec.issuer || (!required.includes("iss") && answeredAt(providers, endpoint).has(iss));
  const forUs = spec.audiences.includes(aud) || !required.includes("aud");
  return knows && forUs;
}

function tokenIsGoodAtTwo(providers: readonly Provider[]): boolean {
  return TOKENS.some((token) => new Set(providers.filter((idp) => takes(idp, token, providers)).map(({ tenant }) => tenant)).size > 1);
}

/** A token names a tenant by the naming claim of its issuer; there must be one such claim, and one tenant for each value. */
function tokenNamesTwo(providers: readonly Provider[]): boolean {
  return ISSUERS.some((issuer) => {
    const naming = providers
      .filter(({ spec }) => spec.issuer === issuer)
      .map(({ tenant, spec }) => ({
        tenant,
        claim: (spec.tenantClaim?.claim ?? "tenant_id").replace(/^\/org$/, "org"),
        value: spec.tenantClaim?.value ?? tenant,
      }));
    const [tenants, claims] = [new Set(naming.map(({ tenant }) => tenant)), new Set(naming.map(({ claim }) => claim))];
    if (tenants.size > 1 && claims.size > 1) return true;
    return naming.some((one) => naming.some((other) => one.value === other.value && one.tenant !== other.tenant));
  });
}

function hostNamesTwo({ tenants, fleet }: Fleet): boolean {
  return DOMAINS.some((host) => {
    const named = tenants.filter(({ domains }) => domains.includes(host)).map(({ slug }) => slug);
    for (const base of fleet.settings.baseDomains) if (host.endsWith(`.${base}`) && named.length > 0) named.push(host.slice(0, -base.length - 1));
    return new Set(named).size > 1;
  });
}

const holds = (made: Fleet): boolean => {
  const providers = providersOf(made);
  const naming = made.fleet.settings.resolution.includes("token_claim");
  return !tokenIsGoodAtTwo(providers) && !(naming && tokenNamesTwo(providers)) && !hostNamesTwo(made);
};

/** Faults of a tenant with itself are none of the proof's. */
const isProven = (result: CompileResult): boolean => result.ok || result.errors.every(({ counterExample }) => counterExample === undefined);

function proven(made: Fleet, previous?: Fleet): boolean {
  const before = previous === undefined ? undefined : compileSnapshot(inputOf(previous.tenants, made.fleet));
  const result = compileSnapshot(inputOf(made.tenants, made.fleet), before?.ok ? before.compiled : undefined);
  return isProven(result);
}

describe("the isolation proof", () => {
  test("agrees with brute force on 10,000 random fleets, in both directions", () => {
    let held = 0;
    fc.assert(
      fc.property(fleets, (parts) => {
        const made = build(parts);
        const expected = holds(made);
        held += Number(expected);
        expect(proven(made)).toBe(expected);
      }),
      { numRuns: 10_000, seed: 20_261_126 },
    );
    // Neither answer is the rare one: a proof that always says the same would not get past.
    expect(held).toBeGreaterThan(1_000);
    expect(held).toBeLessThan(9_000);
  }, 180_000);

  test("agrees on top of a snapshot that runs, where only what changed is looked at", () => {
    fc.assert(
      fc.property(fleets, fleets, (before, after) => {
        const made = build(after);
        // Sections that stay are the same objects: the compiler takes them over.
        const running = { ...build({ ...before, settings: after.settings }), fleet: made.fleet };
        const mixed = { ...made, tenants: [...made.tenants.slice(0, 1), ...running.tenants.filter(({ slug }) => slug !== made.tenants[0]?.slug)] };
        expect(proven(mixed, running)).toBe(holds(mixed));
      }),
      { numRuns: 2_000, seed: 7 },
    );
  }, 60_000);

  test("agrees after changes that are none to an identity provider, and those that are, one after the other", () => {
    const step = fc.record({ at: fc.nat(), parts: fc.option(fleets, { nil: null, freq: 3 }) });
    fc.assert(
      fc.property(fleets, fc.array(step, { minLength: 2, maxLength: 6 }), (first, steps) => {
        const made = build(first);
        let { tenants } = made;
        let running = compileSnapshot(inputOf(tenants, made.fleet));
        for (const [number, { at, parts }] of steps.entries()) {
          const index = at % Math.max(1, tenants.length);
          const incoming = parts === null ? undefined : build({ ...parts, settings: first.settings }).tenants[0];
          const next = tenants.map((section, place) => {
            if (place !== index) return section;
            // The same words in another section, of which only the plan changed.
            const kept = { ...(JSON.parse(JSON.stringify(section)) as typeof section), plan: `plan-${number}` };
            return incoming === undefined ? kept : { ...incoming, slug: section.slug };
          });
          const result = compileSnapshot(inputOf(next, made.fleet), running.ok ? running.compiled : undefined);
          expect(isProven(result)).toBe(holds({ ...made, tenants: next }));
          // As at a node: what is refused changes nothing.
          if (!result.ok) continue;
          running = result;
          tenants = next;
        }
      }),
      { numRuns: 2_000, seed: 5 },
    );
  }, 60_000);

  test("every violation comes with what both tenants take, and each side's rules", () => {
    fc.assert(
      fc.property(fleets, (parts) => {
        const made = build(parts);
        const result = compileSnapshot(inputOf(made.tenants, made.fleet));
        for (const { path, counterExample } of result.ok ? [] : result.errors) {
          if (counterExample === undefined) continue;
          const { sides, example, presents } = counterExample;
          expect(sides[0].tenant).not.toBe(sides[1].tenant);
          expect(sides.map((side) => side.path)).toContain(path);
          for (const { rules } of sides) expect(rules.length).toBeGreaterThan(0);
          if (presents === "host") expect(DOMAINS).toContain(example.host);
          else expect(ISSUERS).toContain(example.iss);
        }
      }),
      { numRuns: 1_000, seed: 3 },
    );
  }, 60_000);

  test("the token that it shows is one that both take", () => {
    fc.assert(
      fc.property(fleets, (parts) => {
        const made = build({ ...parts, settings: { ...parts.settings, resolution: ["subdomain"] } });
        const providers = providersOf(made);
        const result = compileSnapshot(inputOf(made.tenants, made.fleet));
        for (const { counterExample } of result.ok ? [] : result.errors) {
          if (counterExample?.presents !== "token") continue;
          const { iss, aud, ...claims } = counterExample.example;
          const token = { iss: String(iss), aud: String(aud), claims };
          const taking = new Set(providers.filter((idp) => takes(idp, token, providers)).map(({ tenant }) => tenant));
          for (const { tenant } of counterExample.sides) expect([...taking]).toContain(tenant);
        }
      }),
      { numRuns: 2_000, seed: 11 },
    );
  }, 60_000);

  test("ten thousand tenants that share one provider are proven in slices, in well under a second each time", () => {
    const idp = (slug: string) => ({ main: { issuer: "https://one.example", audiences: ["a"], tenantClaim: { claim: "org", value: slug } } });
    const tenants = Array.from({ length: 10_000 }, (_, index) => tenantOf(`t${index}`, { identityProviders: idp(`t${index}`) }));
    const fleet = fleetOf();
    const first = compileSnapshot(inputOf(tenants, fleet));
    if (!first.ok) throw new Error("does not compile");
    const started = Date.now();
    const changed = tenants.map((section, index) => (index === 5_000 ? tenantOf("t5000", { identityProviders: idp("t4999") }) : section));
    const next = compileSnapshot(inputOf(changed, fleet), first.compiled);
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(next.ok ? [] : next.errors.map(({ path }) => path).sort()).toEqual([
      "tenants/t4999/identityProviders/main",
      "tenants/t5000/identityProviders/main",
    ]);
  }, 60_000);
});
