import { createHash } from "node:crypto";
import { createTestCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterAll(() => fleet.close());

const acme = () => fleet.cp.access.tenant(admin, "acme", "tenant.read");

describe("declared objects", () => {
  it("are stored in canonical form with their defaults, and listed by name", async () => {
    const scope = await acme();
    const row = await fleet.cp.objects.put(scope, "IdentityProvider", "second", {
      version: null,
      spec: { issuer: "https://id.example", audiences: ["b", "a", "b"] },
    });
    expect(row).toMatchObject({
      kind: "IdentityProvider",
      version: 1,
      updatedByName: admin.name,
      spec: { audiences: ["a", "b"], clockToleranceSeconds: 30 },
    });
    expect((await fleet.cp.objects.list(scope, "IdentityProvider")).map(({ name }) => name)).toEqual(["main", "second"]);
    expect(await fleet.cp.objects.get(scope, "IdentityProvider", "second")).toEqual(row);
    await fleet.cp.objects.remove(scope, "IdentityProvider", "second", { version: 1 });
  });

  it("refuse references that lead nowhere, another tenant's objects included, on the field that names them", async () => {
    const globex = await fleet.cp.access.tenant(admin, "globex", "tenant.read");
    await fleet.cp.objects.put(globex, "PropagationPolicy", "foreign", { version: null, spec: { strategy: "headers" } });
    const spec = {
      upstream: "nowhere",
      authentication: { mode: "required", identityProviders: ["main", "missing"] },
      propagation: "foreign",
      degradation: "patience",
    };
    const refusal = await refusalOf(fleet.cp.objects.put(await acme(), "Route", "broken", { version: null, spec }));
    expect(refusal.code).toBe("invalid");
    expect(refusal.issues).toEqual([
      { path: "spec.upstream", message: 'names the upstream "nowhere", which does not exist; create it first or choose another' },
      {
        path: "spec.authentication.identityProviders.1",
        message: 'names the identity provider "missing", which does not exist; create it first or choose another',
      },
      { path: "spec.propagation", message: 'names the propagation policy "foreign", which does not exist; create it first or choose another' },
      { path: "spec.degradation", message: 'names the degradation policy "patience", which does not exist; create it first or choose another' },
    ]);
  });

  it("cannot be deleted while something names them, and the refusal says what", async () => {
    const scope = await acme();
    await fleet.cp.objects.put(scope, "RateLimitPolicy", "burst", { version: null, spec: { key: ["tenant"], limit: 5, burst: 5, routes: ["all"] } });
    const upstream = await refusalOf(fleet.cp.objects.remove(scope, "Upstream", "backend", { version: 1 }));
    expect([upstream.code, upstream.message]).toEqual(["precondition", 'backend is used by route "all". Change that first, then delete it.']);
    const route = await refusalOf(fleet.cp.objects.remove(scope, "Route", "all", { version: 1 }));
    expect(route.message).toBe('all is used by rate-limit policy "burst". Change that first, then delete it.');
  });

  it("keep their last identity provider deletable: the draft then rejects, it never opens", async () => {
    await makeTenant(fleet.cp, "lastidp");
    const scope = await fleet.cp.access.tenant(admin, "lastidp", "tenant.read");
    await fleet.cp.objects.remove(scope, "IdentityProvider", "main", { version: 1 });
    expect(await fleet.cp.objects.list(scope, "IdentityProvider")).toEqual([]);
    expect((await fleet.cp.objects.get(scope, "Route", "all")).spec.authentication.mode).toBe("required");
  });

  it("let one of many concurrent saves of a version win; the others are shown what it wrote", async () => {
    const scope = await acme();
    const attempts = Array.from({ length: 8 }, (_, index) =>
      fleet.cp.objects.put(scope, "Upstream", "backend", { version: 1, spec: { url: `http://backend-${index}:8080` } }),
    );
    const results = await Promise.allSettled(attempts);
    const won = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(won).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict", current: { version: 2, spec: won[0]?.spec } });
    const again = await refusalOf(fleet.cp.objects.put(scope, "Upstream", "backend", { version: null, spec: { url: "http://x" } }));
    expect(again.code).toBe("conflict");
  });

  it("never end with a reference to what was deleted at the same moment", async () => {
    for (let round = 0; round < 10; round++) {
      const scope = await acme();
      await fleet.cp.objects.put(scope, "DegradationPolicy", `p${round}`, { version: null, spec: {} });
      const route = { upstream: "backend", pathPrefix: `/r${round}`, degradation: `p${round}` };
      await Promise.allSettled([
        fleet.cp.objects.put(scope, "Route", `r${round}`, { version: null, spec: route }),
        fleet.cp.objects.remove(scope, "DegradationPolicy", `p${round}`, { version: 1 }),
      ]);
    }
    const policies = new Set((await fleet.cp.objects.list(await acme(), "DegradationPolicy")).map(({ name }) => name));
    for (const { spec } of await fleet.cp.objects.list(await acme(), "Route"))
      if (spec.degradation !== null) expect(policies).toContain(spec.degradation);
  });

  it("leave one audit row per change, with before and after and who did it from where", async () => {
    const scope = await acme();
    await fleet.cp.objects.put(scope, "DegradationPolicy", "audited", { version: null, spec: { staleKeysMaxAgeSeconds: 60 } });
    await fleet.cp.objects.put(scope, "DegradationPolicy", "audited", { version: 1, spec: { staleKeysMaxAgeSeconds: 90 } });
    await fleet.cp.objects.remove(scope, "DegradationPolicy", "audited", { version: 2 });
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { target: "DegradationPolicy/audited" });
    expect(items.map(({ action }) => action)).toEqual(["degradation_policy.delete", "degradation_policy.update", "degradation_policy.create"]);
    expect(items[1]).toMatchObject({
      tenant: "acme",
      actorName: admin.name,
      ip: admin.ip,
      requestId: admin.requestId,
      changes: [{ path: "staleKeysMaxAgeSeconds", before: 60, after: 90 }],
    });
  });

  it("are not changed when the audit row cannot be written", async () => {
    const scope = await acme();
    await queryOwner(fleet, "ALTER TABLE audit_record ADD CONSTRAINT refuse_all CHECK (action = 'never') NOT VALID");
    try {
      await expect(fleet.cp.objects.put(scope, "PropagationPolicy", "unaudited", { version: null, spec: { strategy: "headers" } })).rejects.toThrow();
      await expect(fleet.cp.tenants.suspend(scope, { version: 1 })).rejects.toThrow();
    } finally {
      await queryOwner(fleet, "ALTER TABLE audit_record DROP CONSTRAINT refuse_all");
    }
    expect((await refusalOf(fleet.cp.objects.get(scope, "PropagationPolicy", "unaudited"))).code).toBe("not_found");
    expect((await fleet.cp.tenants.get(scope)).spec.status).toBe("active");
  });

  it("refuse identity providers at addresses that must not be called, unless the operator allows the range", async () => {
    const scope = await acme();
    const spec = { issuer: "http://127.0.0.1:4000", audiences: ["api"] };
    const refusal = await refusalOf(fleet.cp.objects.put(scope, "IdentityProvider", "local", { version: null, spec }));
    expect([refusal.code, refusal.issues[0]?.path]).toEqual(["invalid", "spec.issuer"]);
    expect(refusal.issues[0]?.message).toMatch(/^cannot be called: .*; write another address, or have its range allowed in the fleet's settings$/);
    const metadata = { ...spec, issuer: "https://login.acme.example", keys: { kind: "jwks", url: "https://169.254.169.254/keys" } };
    expect((await refusalOf(fleet.cp.objects.put(scope, "IdentityProvider", "local", { version: null, spec: metadata }))).issues[0]?.path).toBe(
      "spec.keys.url",
    );
    const settings = await fleet.cp.fleet.settings(await fleet.cp.access.fleet(admin, "fleet.read"));
    const write = await fleet.cp.access.fleet(admin, "fleet.write");
    await fleet.cp.fleet.putSettings(write, { version: settings.version, spec: { ...settings.spec, idpAllowedRanges: ["127.0.0.0/8"] } });
    expect((await fleet.cp.objects.put(scope, "IdentityProvider", "local", { version: null, spec })).version).toBe(1);
  });

  it("take a member that a form emptied for one that was left out", async () => {
    const spec = { url: undefined, targets: [{ url: "https://a" }, { url: "https://b" }], tls: { ca: undefined }, activeHealth: undefined };
    const stored = await fleet.cp.objects.put(await acme(), "Upstream", "emptied", { spec, version: null });
    expect(Object.keys(stored.spec as object)).not.toContain("url");
    expect(stored.spec).toEqual({
      targets: [
        { url: "https://a", weight: 1 },
        { url: "https://b", weight: 1 },
      ],
      tls: { minVersion: "1.2" },
      ...{ connectTimeoutMs: 2_000, responseTimeoutMs: 30_000, maxConnections: 256 },
    });
  });

  it("refuse an upstream whose authorities cannot be read as certificates", async () => {
    const scope = await acme();
    const { cert } = createTestCertificate({ hosts: ["a"] });
    const put = (ca: string) => fleet.cp.objects.put(scope, "Upstream", "verified", { spec: { url: "https://a", tls: { ca } }, version: null });
    for (const ca of ["", "no certificate", cert.replace(/\n[^\n]{8}/, "\nAAAAAAAA"), `${cert}beside it`])
      expect(await refusalOf(put(ca))).toMatchObject({ code: "invalid", issues: [{ path: "spec.tls.ca" }] });
    expect((await put(`# ours\r\n${cert.replaceAll("\n", "\r\n")}`)).spec).toMatchObject({ tls: { ca: cert, minVersion: "1.2" } });
  });

  it("ask each kind for its own permission", async () => {
    const person = { ...actorOf("viewer"), grants: { fleet: new Set(["tenant.read", "idp.write"] as const), tenants: new Map() } };
    const scope = await fleet.cp.access.tenant(person, "acme", "tenant.read");
    const outcome = async (kind: "IdentityProvider" | "Upstream" | "Route" | "PropagationPolicy") =>
      (await refusalOf(fleet.cp.objects.remove(scope, kind, "no-such-thing", { version: 1 }))).code;
    expect([await outcome("IdentityProvider"), await outcome("Upstream"), await outcome("Route"), await outcome("PropagationPolicy")]).toEqual([
      "not_found",
      "forbidden",
      "forbidden",
      "forbidden",
    ]);
  });

  it("forget keys and check results when the issuer changes", async () => {
    const scope = await acme();
    const lastKeys = { fetchedAt: new Date().toISOString(), jwks: { keys: [{ kid: createHash("sha256").digest("hex") }] } };
    const where = { tenant: { slug: "acme" }, name: "main" };
    const keys = async () => (await fleet.data.fleet.identityProvider.findFirstOrThrow({ where, select: { lastKeys: true } })).lastKeys;
    await fleet.data.fleet.identityProvider.updateMany({ where, data: { lastKeys } });
    const { spec } = await fleet.cp.objects.put(scope, "IdentityProvider", "main", {
      version: 1,
      spec: { issuer: "https://login.acme.example", audiences: ["https://api.acme.example"], clockToleranceSeconds: 10 },
    });
    expect(await keys()).toEqual(lastKeys);
    await fleet.cp.objects.put(scope, "IdentityProvider", "main", { version: 2, spec: { ...spec, issuer: "https://other.acme.example" } });
    expect(await keys()).toBeNull();
  });
});
