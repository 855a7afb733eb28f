import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "globex");
});
afterAll(() => fleet.close());

const scope = () => fleet.cp.access.tenant(admin, "acme", "tenant.read");
const setup = async () => fleet.cp.portalSetup(await scope());

describe("the portal's checklist", () => {
  it("ticks itself from what is stored, what is live and what nodes told, of this tenant alone", async () => {
    await fleet.cp.tenants.create(await fleet.cp.access.fleet(admin, "tenant.create"), { slug: "acme", spec: { displayName: "Acme" } });
    const nothing = { isPublished: false, isSuspended: false, firstAllowedAt: null, lastAllowedAt: null, refused24h: 0 };
    expect(await setup()).toEqual({ ...nothing, providers: [], address: null, path: "/tenants/acme/", protectedRoutes: 0 });

    const spec = { issuer: "https://login.acme.example", audiences: ["https://api.acme.example"] };
    await fleet.cp.objects.put(await scope(), "IdentityProvider", "main", { version: null, spec });
    await fleet.cp.objects.put(await scope(), "Upstream", "backend", { version: null, spec: { url: "http://acme.internal" } });
    await fleet.cp.objects.put(await scope(), "Route", "all", { version: null, spec: { upstream: "backend", authentication: { mode: "required" } } });
    await fleet.cp.objects.put(await scope(), "Route", "open", {
      version: null,
      spec: { upstream: "backend", pathPrefix: "/open", authentication: { mode: "public" } },
    });
    const registered = { name: "main", issuer: spec.issuer, enabled: true, checkedAt: null, failed: 0, isLive: false };
    expect(await setup()).toMatchObject({ providers: [registered], protectedRoutes: 1, isPublished: false });

    const { warnings, word } = await fleet.cp.review.show(admin);
    const confirmed = { acknowledge: warnings.map(({ id }) => id), ...(word === null ? {} : { confirm: word }) };
    await fleet.cp.draft.publish(admin, { comment: "First", base: null, ...confirmed });
    expect(await setup()).toMatchObject({ providers: [{ isLive: true }], isPublished: true });

    await fleet.cp.objects.put(await scope(), "IdentityProvider", "main", { version: 1, spec: { ...spec, clockToleranceSeconds: 10 } });
    expect((await setup()).providers).toMatchObject([{ isLive: false }]);

    const checks = JSON.stringify([
      { id: "keys", result: "fail" },
      { id: "issuer", result: "pass" },
    ]);
    await queryOwner(fleet, `UPDATE identity_provider SET last_checked_at = now(), last_check = '${checks}'`);
    expect((await setup()).providers).toMatchObject([{ failed: 1, checkedAt: expect.any(Date) }]);
  });

  it("has seen the first request when a node told of one that was let in", async () => {
    const count = (slug: string, result: string, at: string) =>
      queryOwner(fleet, `INSERT INTO decision_count VALUES (date_trunc('minute', ${at}), gen_random_uuid(), '${slug}', '', '${result}', 3)`);
    await count("globex", "allow", "now()");
    await count("acme", "invalid_token", "now()");
    await count("acme", "invalid_token", "now() - interval '3 days'");
    expect(await setup()).toMatchObject({ firstAllowedAt: null, refused24h: 3 });
    await count("acme", "allow", "now() - interval '2 days'");
    await count("acme", "allow", "now()");
    const { firstAllowedAt, lastAllowedAt } = await setup();
    expect(Math.round((Number(lastAllowedAt) - Number(firstAllowedAt)) / 86_400_000)).toBe(2);
  });

  it("knows where the tenant is reached: its domain, its subdomain, or its path at a node", async () => {
    await fleet.cp.config.apply(admin, {
      documents: [{ apiVersion: "sallyport.dev/v1", kind: "Fleet", metadata: { name: "default" }, spec: { baseDomains: ["api.example.com"] } }],
    });
    await fleet.cp.draft.publish(admin, { comment: "Base domain", base: 1, sections: ["fleet"] });
    expect(await setup()).toMatchObject({ address: "https://acme.api.example.com", path: "/" });
    const { spec, version } = await fleet.cp.tenants.get(await scope());
    await fleet.cp.tenants.update(await scope(), { spec: { ...spec, domains: ["pay.acme.example"] }, version });
    expect(await setup()).toMatchObject({ address: "https://pay.acme.example", path: "/" });
  });
});
