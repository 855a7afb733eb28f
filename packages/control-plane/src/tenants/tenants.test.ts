import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const create = async (slug: string, spec: object) =>
  fleet.cp.tenants.create(await fleet.cp.access.fleet(admin, "tenant.create"), { slug, spec: { displayName: slug, ...spec } });
describe("tenants", () => {
  it("are made, found by name, issuer and domain, and paged by keyset without a gap or a repeat", async () => {
    await makeTenant(fleet.cp, "acme");
    for (let index = 0; index < 7; index++)
      await create(`paged-${index}`, { displayName: `Paged ${index % 3}`, domains: [`p${index}.pages.example`] });
    const all = (await fleet.cp.tenants.list(admin, {})).items.map(({ slug }) => slug);
    for (const sort of ["slug", "name", "newest"] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await fleet.cp.tenants.list(admin, { limit: 3, sort, ...(cursor ? { cursor } : {}) });
        expect(page.total).toBe(8);
        seen.push(...page.items.map(({ slug }) => slug));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect([...seen].sort()).toEqual([...all].sort());
    }
    const found = async (query: string) => (await fleet.cp.tenants.list(admin, { query })).items.map(({ slug }) => slug);
    expect(await found("login.acme")).toEqual(["acme"]);
    expect(await found("p3.pages")).toEqual(["paged-3"]);
    expect(await found("PAGED 2")).toEqual(["paged-2", "paged-5"]);
    expect(await found("%")).toEqual([]);
    expect((await fleet.cp.tenants.list(admin, { state: "without_idp" })).items.map(({ slug }) => slug)).not.toContain("acme");
    expect((await fleet.cp.tenants.quickSearch(admin, "pag")).length).toBe(7);
  });

  it("give a custom domain to one tenant only, and do not tell whose it is", async () => {
    await create("first", { domains: ["shared.example"] });
    const error = await refusalOf(create("second", { domains: ["own.example", "shared.example"] }));
    expect(error.code).toBe("invalid");
    expect(error.issues).toEqual([
      { path: "spec.domains.1", message: "shared.example belongs to another tenant; remove it here, or have it removed there first" },
    ]);
    expect((await refusalOf(scopeOf("second"))).code).toBe("not_found");
    const first = await fleet.cp.tenants.get(await scopeOf("first"));
    await fleet.cp.tenants.update(await scopeOf("first"), { spec: { ...first.spec, domains: [] }, version: first.version });
    await create("second", { domains: ["own.example", "shared.example"] });
  });

  it("refuse a second save of the same version and show what stands now", async () => {
    await create("contested", {});
    const scope = await scopeOf("contested");
    const { spec, version } = await fleet.cp.tenants.get(scope);
    await fleet.cp.tenants.update(scope, { spec: { ...spec, displayName: "First" }, version });
    const error = await refusalOf(fleet.cp.tenants.update(scope, { spec: { ...spec, displayName: "Second" }, version }));
    expect(error.code).toBe("conflict");
    expect(error.current).toMatchObject({ spec: { displayName: "First" }, version: version + 1 });
    const suspended = await fleet.cp.tenants.suspend(scope, { version: version + 1 });
    expect(suspended.spec.status).toBe("suspended");
    expect((await fleet.cp.tenants.resume(scope, { version: suspended.version })).spec.status).toBe("active");
  });

  it("take an optional part that a form has emptied for one that was left out", async () => {
    const scope = await fleet.cp.access.tenant(admin, "acme", "tenant.read");
    const { version, spec } = await fleet.cp.tenants.get(scope);
    const saved = await fleet.cp.tenants.update(scope, { version, spec: { ...spec, clientCertificates: undefined } });
    expect(Object.keys(saved.spec)).not.toContain("clientCertificates");
  });

  it("are deleted only when the slug is typed and no node group names them", async () => {
    await makeTenant(fleet.cp, "leaving");
    const scope = await fleet.cp.access.fleet(admin, "tenant.delete");
    const groups = await fleet.cp.access.fleet(admin, "node.write");
    const group = await fleet.cp.groups.put(groups, "edge", { spec: { displayName: "Edge", tenants: ["leaving"] }, version: null });
    expect((await refusalOf(fleet.cp.tenants.remove(scope, { slug: "leaving", confirm: "leavin" }))).issues[0]?.path).toBe("confirm");
    const named = await refusalOf(fleet.cp.tenants.remove(scope, { slug: "leaving", confirm: "leaving" }));
    expect([named.code, named.message]).toEqual(["precondition", "leaving is named by the node group edge. Take it out there first."]);
    await fleet.cp.groups.remove(groups, "edge", { version: group.version });
    await fleet.cp.tenants.remove(scope, { slug: "leaving", confirm: "leaving" });
    expect((await refusalOf(scopeOf("leaving"))).code).toBe("not_found");
  });

  it("count requests of the last 24 hours by the hour, for readable tenants only", async () => {
    const now = fleet.clock.now();
    const row = (hoursAgo: number, result: string, count: bigint) => ({
      minute: new Date(now - hoursAgo * 3_600_000),
      nodeId: "0198f0a0-0000-7000-8000-00000000000a",
      tenantSlug: "acme",
      route: "",
      result,
      count,
    });
    await fleet.data.fleet.decisionCount.createMany({
      data: [row(0.5, "allow", 7n), row(0.5, "invalid_token", 2n), row(23.5, "allow", 1n), row(25, "allow", 100n)],
    });
    const stats = await fleet.cp.tenants.stats(admin, { slugs: ["acme", "paged-1", "nobody"] });
    expect(Object.keys(stats)).toEqual(["acme", "paged-1"]);
    expect(stats.acme).toMatchObject({ requests24h: 10, refused24h: 2 });
    expect([stats.acme?.spark[0], stats.acme?.spark[23]]).toEqual([
      { allowed: 1, refused: 0 },
      { allowed: 7, refused: 2 },
    ]);
    expect(await fleet.cp.tenants.stats({ ...admin, grants: { fleet: new Set(), tenants: new Map() } }, { slugs: ["acme"] })).toEqual({});
    // What another tenant was refused, and what is older than a day, is not among acme's.
    await fleet.data.fleet.decisionCount.createMany({
      data: [row(2, "token_expired", 5n), row(30, "missing_token", 9n), { ...row(1, "rate_limited", 3n), tenantSlug: "paged-1" }],
    });
    expect(await fleet.cp.tenants.refusals(await fleet.cp.access.tenant(admin, "acme", "tenant.read"))).toEqual([
      { code: "token_expired", count: 5 },
      { code: "invalid_token", count: 2 },
    ]);
  });
});
