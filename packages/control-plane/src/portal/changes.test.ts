import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grantsOf, portalGrants } from "../access/grants.js";
import { PORTAL_INTENTS } from "../access/permissions.js";
import type { TenantScope } from "../access/scope.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
let scope: TenantScope;
beforeAll(async () => {
  fleet = await startTestFleet();
  for (const slug of ["acme", "globex"]) await makeTenant(fleet.cp, slug);
  await fleet.cp.draft.publish(admin, { comment: "First", base: null });
  const { tenantId } = await operating();
  const actor = { ...actorOf("viewer", "Art Vandelay"), kind: "portal" as const, grants: portalGrants(tenantId, PORTAL_INTENTS) };
  scope = await fleet.cp.access.tenant(actor, "acme", "idp.write");
  await fleet.cp.portalChanges.setGoesLive(await operating(), { goesLive: true, was: false });
});
afterAll(() => fleet.close());
beforeEach(async () => {
  for (const section of (await fleet.cp.draft.diff(admin)).sections) await fleet.cp.draft.discard(admin, { section: section.name });
});

const operating = () => fleet.cp.access.tenant(admin, "acme", "tenant.read");
const live = async () => (await fleet.cp.draft.summary(admin)).base;
const unpublished = async () => (await fleet.cp.draft.summary(admin)).tenants;
let tolerance = 0;
/** Something harmless: less tolerance for clocks. */
async function change(): Promise<void> {
  const row = await fleet.cp.objects.get(scope, "IdentityProvider", "main");
  tolerance += 1;
  await fleet.cp.objects.put(scope, "IdentityProvider", "main", {
    version: row.version,
    spec: { ...row.spec, clockToleranceSeconds: 29 - tolerance },
  });
}
const release = () => fleet.cp.portalChanges.release(scope, "changed main");

describe("a change of the portal", () => {
  it("goes live by itself where the tenant's setting says so, alone, under the name of who made it", async () => {
    const other = await fleet.cp.access.tenant(admin, "globex", "tenant.read");
    await fleet.cp.objects.put(other, "Upstream", "second", { version: null, spec: { url: "http://second.internal" } });
    const before = await live();
    await change();
    expect(await release()).toEqual({ live: true });
    expect(await live()).toBe(Number(before) + 1);
    expect(await unpublished()).toEqual(["globex"]);
    const revision = await fleet.cp.revisions.get(admin, Number(await live()));
    expect(revision).toMatchObject({ comment: "Portal, Art Vandelay: changed main", authorName: "Art Vandelay" });
    // Nothing that differs, nothing to publish.
    expect(await release()).toEqual({ live: true });
    expect(await live()).toBe(Number(before) + 1);
  });

  it("waits where the setting says so, which is how every tenant begins", async () => {
    expect(await fleet.cp.portalChanges.goesLive(await fleet.cp.access.tenant(admin, "globex", "tenant.read"))).toBe(false);
    await fleet.cp.portalChanges.setGoesLive(await operating(), { goesLive: false, was: true });
    const before = await live();
    await change();
    expect(await release()).toEqual({ live: false, waitsFor: "operator" });
    expect([await live(), await unpublished()]).toEqual([before, ["acme"]]);
    await fleet.cp.portalChanges.setGoesLive(await operating(), { goesLive: true, was: false });
  });

  it("never takes along what somebody else has in the tenant's draft", async () => {
    const before = await live();
    await fleet.cp.objects.put(await operating(), "Upstream", "half-done", { version: null, spec: { url: "http://half.internal" } });
    await change();
    expect(await release()).toEqual({ live: false, waitsFor: "other_changes" });
    expect(await live()).toBe(before);
  });

  it("waits for a person's consent where it weakens something, and for whoever is asked when it breaks the border", async () => {
    const before = await live();
    const row = await fleet.cp.objects.get(scope, "IdentityProvider", "main");
    await fleet.cp.objects.put(scope, "IdentityProvider", "main", {
      version: row.version,
      spec: { ...row.spec, audiences: [...row.spec.audiences, "https://other.example"] },
    });
    expect(await release()).toEqual({ live: false, waitsFor: "review" });
    const now = await fleet.cp.objects.get(scope, "IdentityProvider", "main");
    const ofGlobex = { ...now.spec, issuer: "https://login.globex.example", audiences: ["https://api.globex.example"] };
    await fleet.cp.objects.put(scope, "IdentityProvider", "main", { version: now.version, spec: ofGlobex });
    const refused = await release();
    expect(refused).toEqual({ live: false, waitsFor: "refused" });
    expect(JSON.stringify(refused)).not.toContain("globex");
    expect(await live()).toBe(before);
  });

  it("waits for the second person that the installation asks for, and for the tenant's first publish", async () => {
    const write = await fleet.cp.access.fleet(admin, "people.write");
    await fleet.cp.approvals.require(write, { required: true, was: false });
    await change();
    expect(await release()).toEqual({ live: false, waitsFor: "second_person" });
    await fleet.cp.approvals.require(write, { required: false, was: true });
    await makeTenant(fleet.cp, "initech");
    const fresh = await fleet.cp.access.tenant(admin, "initech", "tenant.read");
    await fleet.cp.portalChanges.setGoesLive(fresh, { goesLive: true, was: false });
    expect(await fleet.cp.portalChanges.release(fresh, "registered main")).toEqual({ live: false, waitsFor: "first" });
  });

  it("is let live by those only who may publish themselves", async () => {
    const set = async (actor: typeof admin, slug = "acme") =>
      refusalOf(fleet.cp.portalChanges.setGoesLive(await fleet.cp.access.tenant(actor, slug, "tenant.read"), { goesLive: true, was: true }));
    expect((await set(actorOf("operator"))).code).toBe("not_found");
    expect((await set({ ...actorOf("viewer"), grants: grantsOf([{ role: "tenant_admin", tenantId: scope.tenantId }]) })).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.portalChanges.setGoesLive(scope, { goesLive: true, was: true }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.portalChanges.setGoesLive(await operating(), { goesLive: false, was: false }))).code).toBe("conflict");
  });
});
