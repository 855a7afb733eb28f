import { type OidcProvider, startOidcProvider } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../access/actor.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
let provider: OidcProvider;
beforeAll(async () => {
  fleet = await startTestFleet();
  provider = await startOidcProvider({ port: 0, clients: [], resources: ["https://api.acme.example"], algorithms: ["ES256"] });
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterAll(async () => {
  await provider.close();
  await fleet.close();
});

const scopeOf = (slug: string, actor: Actor = admin) => fleet.cp.access.tenant(actor, slug, "tenant.read");
const allow = async (idpAllowedRanges: string[]) => {
  const settings = await fleet.cp.fleet.settings(await fleet.cp.access.fleet(admin, "fleet.read"));
  const scope = await fleet.cp.access.fleet(admin, "fleet.write");
  await fleet.cp.fleet.putSettings(scope, { version: settings.version, spec: { ...settings.spec, idpAllowedRanges } });
};
const resultOf = (checks: readonly { id: string; result: string }[], id: string) => checks.find((row) => row.id === id)?.result;

describe("registration of an identity provider", () => {
  it("does not call a private address before the operator allows its range", async () => {
    const { checks, found } = await fleet.cp.identityProviders.check(await scopeOf("acme"), { issuer: provider.issuer });
    expect(resultOf(checks, "address")).toBe("fail");
    expect(found).toBeNull();
    await allow(["127.0.0.0/8", "::1/128"]);
    const allowed = await fleet.cp.identityProviders.check(await scopeOf("acme"), { issuer: provider.issuer });
    expect(resultOf(allowed.checks, "address")).toBe("pass");
  });

  it("shows each check of a real provider, fills in the form, and keeps the result with what is registered", async () => {
    await allow(["127.0.0.0/8", "::1/128"]);
    const scope = await scopeOf("acme");
    for (const input of [{ issuer: provider.issuer }, { url: `${provider.issuer}/.well-known/openid-configuration` }, { domain: provider.issuer }]) {
      const { checks, found } = await fleet.cp.identityProviders.check(scope, input);
      expect(checks.filter(({ result }) => result === "fail")).toEqual([]);
      expect(checks.map(({ id }) => id)).toEqual(["address", "tls", "discovery", "issuer", "jwks", "keys", "algorithms", "clock", "isolation"]);
      expect(found).toMatchObject({ issuer: provider.issuer, jwksUri: provider.jwksUri });
    }
    const { row, checks } = await fleet.cp.identityProviders.create(scope, {
      name: "real",
      spec: { issuer: provider.issuer, audiences: ["https://api.acme.example"] },
    });
    expect(row).toMatchObject({ name: "real", version: 1 });
    const stored = await fleet.data.fleet.identityProvider.findFirstOrThrow({ where: { name: "real" } });
    expect(stored.lastCheck).toEqual(JSON.parse(JSON.stringify(checks)));
    expect(stored.lastKeys).toMatchObject({ jwks: { keys: [expect.objectContaining({ kty: "EC", crv: "P-256" })] } });
    expect(JSON.stringify(stored.lastKeys)).not.toContain('"d"');
  });

  it("shows where tokens would be asked about, by its address alone, when the provider is to be asked", async () => {
    await allow(["127.0.0.0/8", "::1/128"]);
    const scope = await scopeOf("acme");
    const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
    const rowFor = async (introspection: Record<string, unknown> | null, issuer = provider.issuer) =>
      (await fleet.cp.identityProviders.check(scope, { issuer, spec: { audiences: ["api"], introspection } })).checks.find(
        ({ id }) => id === "introspection",
      );
    expect(await rowFor(null)).toBeUndefined();
    expect(await rowFor({ client })).toMatchObject({ result: "pass", detail: `${provider.introspectionEndpoint} leads to 127.0.0.1.` });
    expect(await rowFor({ client, endpoint: `${provider.issuer}/other` })).toMatchObject({
      result: "warn",
      compare: { configured: `${provider.issuer}/other`, document: provider.introspectionEndpoint },
    });
    expect(await rowFor({ client, endpoint: "https://169.254.169.254/introspect" })).toMatchObject({ result: "fail", cause: "address_refused" });
    expect(await rowFor({ client }, `${provider.issuer}/nobody`)).toMatchObject({ result: "fail", detail: "There is no introspection endpoint." });
  });

  it.each([
    ["https://169.254.169.254/introspect", "not a public address"],
    ["https://10.0.0.1/introspect", "not a public address"],
    ["https://[::ffff:7f00:1]/introspect", "not a public address"],
    ["https://2130706433/introspect", "plain form"],
    ["https://0x7f.1/introspect", "plain form"],
    ["http://93.184.216.34/introspect", "use https"],
  ])("does not save an introspection endpoint that a node may not call: %s", async (endpoint, reason) => {
    const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
    const spec = { issuer: "https://93.184.216.34", audiences: ["api"], introspection: { endpoint, client } };
    const put = fleet.cp.objects.put(await scopeOf("acme"), "IdentityProvider", "asked", { version: null, spec });
    expect(await refusalOf(put)).toMatchObject({
      code: "invalid",
      issues: [{ path: "spec.introspection.endpoint", message: expect.stringContaining(reason) }],
    });
  });

  it("warns of an issuer and audience that another tenant accepts, and is content with tenant claims that differ", async () => {
    const globex = await scopeOf("globex");
    const issuer = "https://shared.example";
    const claim = (value: string) => ({ claim: "tenant_id", value });
    await fleet.cp.objects.put(globex, "IdentityProvider", "shared", {
      version: null,
      spec: { issuer, audiences: ["api"], tenantClaim: claim("globex") },
    });
    const acme = await scopeOf("acme");
    const isolation = async (spec: Record<string, unknown>, scope = acme) =>
      (await fleet.cp.identityProviders.check(scope, { issuer, spec })).checks.find(({ id }) => id === "isolation");
    expect(await isolation({ audiences: ["other"] })).toMatchObject({ result: "pass" });
    expect(await isolation({ audiences: ["api"] })).toMatchObject({
      result: "fail",
      detail: "globex accepts https://shared.example for one of these audiences.",
    });
    expect(await isolation({ audiences: ["api"], tenantClaim: claim("globex") })).toMatchObject({ result: "fail" });
    expect(await isolation({ audiences: ["api"], tenantClaim: claim("acme") })).toMatchObject({ result: "pass" });
    expect(await isolation({ audiences: ["api"], tenantClaim: { claim: "org", value: "acme" } })).toMatchObject({ result: "fail" });

    // A tenant's own admin learns that the pair is taken, not by whom.
    const { id } = await fleet.data.fleet.tenant.findUniqueOrThrow({ where: { slug: "acme" }, select: { id: true } });
    const own: Actor = {
      ...actorOf("viewer"),
      grants: { fleet: new Set(), tenants: new Map([[id, new Set(["tenant.read", "idp.write"] as const)]]) },
    };
    const told = await isolation({ audiences: ["api"] }, await scopeOf("acme", own));
    expect(told).toMatchObject({ result: "fail" });
    expect(JSON.stringify(told)).not.toContain("globex");
  });

  it("asks for exactly one of issuer, discovery URL and domain", async () => {
    const scope = await scopeOf("acme");
    for (const input of [{}, { issuer: "https://a.example", domain: "a.example" }])
      expect((await refusalOf(fleet.cp.identityProviders.check(scope, input))).issues[0]?.path).toBe("issuer");
  });
});
