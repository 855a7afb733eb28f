import { withFleet } from "@sallyport/data";
import { API_VERSION, type ConfigDocument, KIND_SPECS } from "@sallyport/snapshot";
import { issueCertificate } from "@sallyport/testkit";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDraft } from "../objects/read-draft.js";
import { hashOfSection } from "../publish/manifest.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
const opened: TestFleet[] = [];
beforeEach(async () => {
  fleet = await startTestFleet();
  opened.push(fleet);
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const doc = (kind: string, name: string, spec: unknown, tenant?: string) => ({
  apiVersion: API_VERSION,
  kind,
  metadata: tenant === undefined ? { name } : { name, tenant },
  spec,
});
const acme = (more: readonly ReturnType<typeof doc>[] = []) => [
  doc("Tenant", "acme", { displayName: "Acme" }),
  doc("Upstream", "backend", { url: "http://backend:8080/" }, "acme"),
  doc("IdentityProvider", "main", { issuer: "https://login.acme.example", audiences: ["b", "a"] }, "acme"),
  doc("Route", "all", { upstream: "backend", authentication: { mode: "required" } }, "acme"),
  ...more,
];
const hashesOf = async (each: TestFleet): Promise<Record<string, string>> => {
  const { tenants } = await withFleet(each.data.fleet, (tx) => readDraft(tx));
  return Object.fromEntries([...tenants].map(([slug, section]) => [slug, hashOfSection(section)]));
};
const effective = (changes: readonly { change: string; kind: string; name: string }[]) =>
  changes.filter(({ change }) => change !== "unchanged").map(({ change, kind, name }) => `${change} ${kind} ${name}`);

// Arbitrary configurations: the contract's own schemas decide what is valid; references are drawn from what is there.
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const tenantArb = fc.record({
  displayName: fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,20}[A-Za-z]$/),
  plan: name,
  status: fc.constantFrom("active", "suspended"),
  upstreams: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  providers: fc.uniqueArray(name, { maxLength: 3 }),
  audiences: fc.array(name, { minLength: 1, maxLength: 4 }),
  headers: fc.boolean(),
  tolerance: fc.integer({ min: 0, max: 60 }),
  staleness: fc.integer({ min: 0, max: 604_800 }),
  mode: fc.constantFrom("required", "optional", "public", "deny"),
  claims: fc.uniqueArray(name, { maxLength: 3 }),
  trusts: fc.boolean(),
});
const authorityOf = (commonName: string): string => issueCertificate({ commonName, ca: true }).cert;
/** Two authorities as an author on Windows would have them. */
const AUTHORITIES = [authorityOf("Root"), authorityOf("Other root")].join("\n").replaceAll("\n", "\r\n");
const stateArb = fc.dictionary(name, tenantArb, { minKeys: 1, maxKeys: 4 });

function documentsFor(state: Record<string, typeof tenantArb extends fc.Arbitrary<infer T> ? T : never>): unknown[] {
  const documents: unknown[] = [
    doc("Fleet", "default", { baseDomains: ["b.example", "a.example"], tenantHeader: "X-Tenant" }),
    doc("RateLimitPolicy", "everybody", { key: ["tenant", "client_ip"], limit: 100, burst: 10 }),
    doc("PolicyTest", "nobody", { request: { headers: [{ name: "X-A", value: "1" }] }, expect: { outcome: "allow", subject: null } }),
    doc("NodeGroup", "edge", { displayName: "Edge", tenants: Object.keys(state) }),
    doc("NodeGroup", "default", { displayName: "All nodes" }),
  ];
  for (const [slug, tenant] of Object.entries(state)) {
    const { displayName, plan, status, upstreams, providers, mode } = tenant;
    const trust = tenant.trusts ? { clientCertificates: { authorities: AUTHORITIES, subject: "dns", roles: ["writer", "reader"] } } : {};
    documents.push(doc("Tenant", slug, { displayName, plan, status, domains: [`z.${slug}.example`, `a.${slug}.example`], ...trust }));
    for (const upstream of upstreams) documents.push(doc("Upstream", upstream, { url: `http://${upstream}:8080///` }, slug));
    for (const provider of providers)
      documents.push(
        doc(
          "IdentityProvider",
          provider,
          {
            issuer: `https://${provider}.${slug}.example`,
            audiences: tenant.audiences,
            clockToleranceSeconds: tenant.tolerance,
            requiredClaims: tenant.claims.map((claim) => ({ claim, oneOf: ["y", "x"] })),
          },
          slug,
        ),
      );
    documents.push(doc("Secret", "okta", {}, slug));
    documents.push(doc("PropagationPolicy", "how", tenant.headers ? { strategy: "headers", claims: [] } : { strategy: "pass_through" }, slug));
    documents.push(doc("DegradationPolicy", "patience", { staleKeysMaxAgeSeconds: tenant.staleness }, slug));
    const authentication = mode === "required" || mode === "optional" ? { mode, identityProviders: providers } : { mode };
    const route = { upstream: upstreams[0], authentication, propagation: "how", degradation: "patience", methods: ["POST", "GET"] };
    documents.push(doc("Route", "all", route, slug));
    const shown = providers[0] === undefined ? { kind: "none" } : { kind: "token", identityProvider: providers[0], claims: { sub: "a", org: null } };
    documents.push(doc("PolicyTest", "guard", { credential: shown, expect: { outcome: "deny", code: "missing_token" } }, slug));
    documents.push(doc("RateLimitPolicy", "own", { key: ["subject"], limit: tenant.tolerance + 1, burst: 1, routes: ["all"] }, slug));
  }
  return documents;
}

describe("declared configuration", () => {
  it("dumped and applied again changes nothing, whatever the state; and gives an empty installation the same section hashes", async () => {
    const other = await startTestFleet();
    opened.push(other);
    await fc.assert(
      fc.asyncProperty(stateArb, async (state) => {
        await fleet.cp.config.apply(admin, { documents: documentsFor(state), prune: true });
        const dumped = await fleet.cp.config.dump(admin, {});
        expect(effective(await fleet.cp.config.plan(admin, { documents: dumped, prune: true }))).toEqual([]);
        // Through text, as a file would go, and in another order.
        const filed = (JSON.parse(JSON.stringify(dumped)) as unknown[]).reverse();
        await other.cp.config.apply(admin, { documents: filed, prune: true });
        expect(await other.cp.config.dump(admin, {})).toEqual(dumped);
        expect(await hashesOf(other)).toEqual(await hashesOf(fleet));
      }),
      { numRuns: 15 },
    );
  }, 180_000);

  it("gives the same section hash as clicking it together", async () => {
    const clicked = await startTestFleet();
    opened.push(clicked);
    await makeTenant(clicked.cp, "acme");
    await fleet.cp.config.apply(admin, {
      documents: [
        doc("Route", "all", { upstream: "backend", authentication: { mode: "required" } }, "acme"),
        doc("Tenant", "acme", { displayName: "ACME" }),
        doc("IdentityProvider", "main", { issuer: "https://login.acme.example", audiences: ["https://api.acme.example"] }, "acme"),
        doc("Upstream", "backend", { url: "http://acme.internal:8080" }, "acme"),
      ],
    });
    expect(await hashesOf(fleet)).toEqual(await hashesOf(clicked));
    expect(await fleet.cp.config.dump(admin, { tenant: "acme" })).toEqual(await clicked.cp.config.dump(admin, { tenant: "acme" }));
  });

  it("is planned field by field, written as planned, and audited as clicking would be", async () => {
    await fleet.cp.config.apply(admin, { documents: acme() });
    const documents = acme().map((each) =>
      each.kind === "IdentityProvider"
        ? doc("IdentityProvider", "main", { issuer: "https://login.acme.example", audiences: ["a", "c"] }, "acme")
        : each,
    );
    const planned = await fleet.cp.config.plan(admin, { documents });
    expect(planned.find(({ kind }) => kind === "IdentityProvider")).toEqual({
      kind: "IdentityProvider",
      name: "main",
      tenant: "acme",
      change: "update",
      fields: [{ path: "audiences", before: ["a", "b"], after: ["a", "c"], added: ["c"], removed: ["b"] }],
    });
    const dry = await fleet.cp.config.apply(admin, { documents, dryRun: true });
    expect(dry.changes).toEqual(planned);
    expect(effective(await fleet.cp.config.plan(admin, { documents }))).toEqual(["update IdentityProvider main"]);
    expect((await fleet.cp.config.apply(admin, { documents })).changes).toEqual(planned);
    const scope = await fleet.cp.access.tenant(admin, "acme", "tenant.read");
    expect(await fleet.cp.objects.get(scope, "IdentityProvider", "main")).toMatchObject({ version: 2, spec: { audiences: ["a", "c"] } });
    const audit = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { tenant: "acme" });
    expect(audit.items.map(({ action }) => action).sort()).toEqual([
      "identity_provider.create",
      "identity_provider.update",
      "route.create",
      "tenant.create",
      "upstream.create",
    ]);
  });

  it("is all or nothing: one wrong document and none is written", async () => {
    const documents = acme([doc("Route", "broken", { upstream: "nowhere" }, "acme"), doc("Upstream", "far", { url: "http://far" }, "nobody")]);
    const refusal = await refusalOf(fleet.cp.config.apply(admin, { documents }));
    expect(refusal.code).toBe("invalid");
    expect(refusal.issues).toEqual([
      { path: "documents.4.spec.upstream", message: 'names the upstream "nowhere", which does not exist; create it first or choose another' },
      { path: "documents.5.metadata.tenant", message: 'names the tenant "nobody", which does not exist; add a Tenant document for it' },
    ]);
    expect((await fleet.cp.tenants.list(admin, {})).items).toEqual([]);
  });

  it("names every wrong field of every document, and a document that stands twice", async () => {
    const documents = [
      doc("Tenant", "acme", { displayName: "Acme" }),
      doc("Tenant", "acme", { displayName: "Acme again" }),
      doc("Upstream", "backend", { url: "ftp://x" }, "acme"),
      doc("Gateway", "x", {}),
      doc("RateLimitPolicy", "own", { key: ["tenant"], limit: 1, burst: 1, plans: ["gold"] }, "acme"),
    ];
    const { issues } = await refusalOf(fleet.cp.config.plan(admin, { documents }));
    expect(issues.map(({ path }) => path)).toEqual([
      "documents.1.metadata.name",
      "documents.2.spec.url",
      "documents.3.kind",
      "documents.4.spec.plans",
    ]);
    expect(issues[0]?.message).toBe("is declared by document 1 already; keep one of the two");
  });

  it("never deletes without prune, and with it only what the files own", async () => {
    await fleet.cp.config.apply(admin, { documents: acme() });
    await makeTenant(fleet.cp, "globex");
    const rest = acme().filter(({ kind }) => kind !== "Route");
    expect(effective((await fleet.cp.config.apply(admin, { documents: rest })).changes)).toEqual([]);
    expect(effective((await fleet.cp.config.apply(admin, { documents: rest, prune: true })).changes)).toEqual(["delete Route all"]);
    const whole = [doc("Fleet", "default", {}), ...rest];
    const changes = effective((await fleet.cp.config.apply(admin, { documents: whole, prune: true })).changes);
    expect(changes.filter((change) => change.startsWith("delete Tenant"))).toEqual(["delete Tenant globex"]);
    expect((await fleet.cp.tenants.list(admin, {})).items.map(({ slug }) => slug)).toEqual(["acme"]);
    expect((await fleet.cp.groups.list(await fleet.cp.access.fleet(admin, "node.read"))).map((group) => group.name)).toEqual(["default"]);
  });

  it("does not prune what is still named by something that stays", async () => {
    await fleet.cp.config.apply(admin, { documents: acme() });
    const documents = acme().filter(({ kind }) => kind !== "Upstream");
    const { issues } = await refusalOf(fleet.cp.config.apply(admin, { documents, prune: true }));
    expect(issues).toEqual([
      { path: "documents.2.spec.upstream", message: 'names the upstream "backend", which does not exist; create it first or choose another' },
    ]);
  });

  it("moves a custom domain from one tenant to another in one apply, and refuses to take one away", async () => {
    const tenant = (slug: string, domains: string[]) => doc("Tenant", slug, { displayName: slug, domains });
    await fleet.cp.config.apply(admin, { documents: [tenant("one", ["api.example"]), tenant("two", [])] });
    const taken = await refusalOf(fleet.cp.config.plan(admin, { documents: [tenant("two", ["own.example", "api.example"])] }));
    expect(taken.issues).toEqual([
      {
        path: "documents.0.spec.domains.0",
        message: "api.example belongs to another tenant; remove it here, or have it removed there first",
      },
    ]);
    await fleet.cp.config.apply(admin, { documents: [tenant("two", ["api.example"]), tenant("one", [])] });
    const twice = await refusalOf(fleet.cp.config.plan(admin, { documents: [tenant("three", ["new.example"]), tenant("four", ["new.example"])] }));
    expect(twice.issues.map(({ path }) => path)).toEqual([expect.stringMatching(/^documents\.[01]\.spec\.domains\.0$/)]);
    const domains = (await fleet.cp.tenants.list(admin, {})).items.map(({ slug, domains: hosts }) => [slug, hosts]);
    expect(domains).toEqual([
      ["one", []],
      ["two", ["api.example"]],
    ]);
  });

  it("lets an IdP point into a private range only when the settings of the same files allow it", async () => {
    const documents = acme([doc("IdentityProvider", "local", { issuer: "http://127.0.0.1:4000", audiences: ["a"] }, "acme")]);
    const { issues } = await refusalOf(fleet.cp.config.apply(admin, { documents }));
    expect(issues.map(({ path }) => path)).toEqual(["documents.4.spec.issuer"]);
    await fleet.cp.config.apply(admin, { documents: [doc("Fleet", "default", { idpAllowedRanges: ["127.0.0.0/8"] }), ...documents] });
  });

  it("covers every kind of the contract", async () => {
    const documents: ConfigDocument[] = [];
    await fc.assert(
      fc.asyncProperty(stateArb, async (state) => {
        await fleet.cp.config.apply(admin, { documents: documentsFor(state), prune: true });
        documents.push(...(await fleet.cp.config.dump(admin, {})));
      }),
      {
        numRuns: 1,
        examples: [
          [
            {
              acme: {
                displayName: "Acme",
                plan: "gold",
                status: "active",
                upstreams: ["u"],
                providers: ["p"],
                audiences: ["a"],
                headers: true,
                tolerance: 1,
                staleness: 1,
                mode: "required",
                claims: [],
                trusts: true,
              },
            },
          ],
        ],
      },
    );
    expect([...new Set(documents.map(({ kind }) => kind))].sort()).toEqual(Object.keys(KIND_SPECS).sort());
  });
});

afterAll(() => {
  expect(opened).toEqual([]);
});
