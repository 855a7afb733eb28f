import { issueCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServiceError } from "../errors.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const failure = async (work: Promise<unknown>): Promise<ServiceError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
};

describe("the draft", () => {
  let fleet: TestFleet;
  const jonas = actorOf("operator", "Jonas Thiel");
  beforeAll(async () => {
    fleet = await startTestFleet();
    await makeTenant(fleet.cp, "acme");
    await makeTenant(fleet.cp, "globex");
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
  });
  afterAll(() => fleet.close());

  const scope = (slug: string) => fleet.cp.access.tenant(jonas, slug, "tenant.read");
  const names = async () => (await fleet.cp.draft.diff(admin)).sections.map(({ name }) => name);

  it("is what is live after a publish", async () => {
    expect(await fleet.cp.draft.summary(admin)).toEqual({ base: 1, unpublished: 0, tenants: [] });
    expect(await fleet.cp.draft.diff(admin)).toEqual({ base: 1, sections: [] });
  });

  it("tells field by field what changed, and who saved it", async () => {
    const [route] = await fleet.cp.objects.list(await scope("globex"), "Route");
    const [provider] = await fleet.cp.objects.list(await scope("globex"), "IdentityProvider");
    if (route === undefined || provider === undefined) throw new Error("globex has lost its objects");
    const authentication = { mode: "required", requiredScopes: ["payouts:write"] };
    await fleet.cp.objects.put(await scope("globex"), "Route", "all", { version: route.version, spec: { ...route.spec, authentication } });
    const algorithms = ["PS256", "ES256"];
    await fleet.cp.objects.put(await scope("globex"), "IdentityProvider", "main", {
      version: provider.version,
      spec: { ...provider.spec, algorithms, clockToleranceSeconds: 60 },
    });
    expect(await fleet.cp.draft.summary(admin)).toEqual({ base: 1, unpublished: 1, tenants: ["globex"] });
    const { sections } = await fleet.cp.draft.diff(admin);
    expect(sections).toHaveLength(1);
    expect(sections[0]).toMatchObject({ name: "tenants/globex", tenant: "globex", change: "changed" });
    expect(sections[0]?.objects).toEqual([
      {
        kind: "IdentityProvider",
        name: "main",
        change: "changed",
        updatedByName: "Jonas Thiel",
        updatedAt: expect.any(Date),
        fields: [
          { path: "algorithms", before: ["ES256", "EdDSA", "PS256", "RS256"], after: ["ES256", "PS256"], added: [], removed: ["EdDSA", "RS256"] },
          { path: "clockToleranceSeconds", before: 30, after: 60 },
        ],
      },
      {
        kind: "Route",
        name: "all",
        change: "changed",
        updatedByName: "Jonas Thiel",
        updatedAt: expect.any(Date),
        fields: [{ path: "authentication.requiredScopes", before: [], after: ["payouts:write"], added: ["payouts:write"], removed: [] }],
      },
    ]);
  });

  it("tells of tenants that are new and gone, and of the fleet's settings", async () => {
    await makeTenant(fleet.cp, "hooli");
    await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "acme", confirm: "acme" });
    const settings = await fleet.cp.fleet.settings(await fleet.cp.access.fleet(admin, "fleet.read"));
    await fleet.cp.fleet.putSettings(await fleet.cp.access.fleet(admin, "fleet.write"), {
      version: settings.version,
      spec: { ...settings.spec, baseDomains: ["api.example.com"] },
    });
    const { sections } = await fleet.cp.draft.diff(admin);
    expect(sections.map(({ name, change }) => `${name} ${change}`)).toEqual([
      "fleet changed",
      "tenants/acme removed",
      "tenants/globex changed",
      "tenants/hooli added",
    ]);
    expect(sections[0]?.objects[0]).toMatchObject({ kind: "Fleet", name: "default", fields: [{ path: "baseDomains", added: ["api.example.com"] }] });
    expect(sections[3]?.objects.map(({ kind, name, change }) => `${kind}/${name} ${change}`)).toEqual([
      "Tenant/hooli added",
      "IdentityProvider/main added",
      "Route/all added",
      "Upstream/backend added",
    ]);
    expect((await fleet.cp.draft.diff(admin, { tenant: "hooli" })).sections.map(({ name }) => name)).toEqual(["tenants/hooli"]);
    expect((await failure(fleet.cp.draft.diff(admin, { tenant: "nobody" }))).code).toBe("not_found");
  });

  it("publishes the sections that are chosen and leaves the others as they are live", async () => {
    const { revision } = await fleet.cp.draft.publish(admin, { comment: "hooli only", base: 1, sections: ["tenants/hooli"] });
    expect(revision).toBe(2);
    expect(await names()).toEqual(["fleet", "tenants/acme", "tenants/globex"]);
    const detail = await fleet.cp.revisions.get(admin, 2);
    expect(detail.changes.map(({ name, change }) => `${name} ${change}`)).toEqual(["tenants/hooli added"]);
    const section = await fleet.cp.revisions.section(admin, { number: 2, section: "tenants/globex" });
    expect(section.body).toMatchObject({ routes: { all: { authentication: { requiredScopes: [] } } } });
    const unknown = await failure(fleet.cp.draft.publish(admin, { comment: "x", base: 2, sections: ["tenants/acme", "tenants/nobody"] }));
    expect(unknown.issues.map(({ path }) => path)).toEqual(["sections.1"]);
  });

  it("puts the live content of a section back, a deleted tenant with its name included", async () => {
    for (const section of ["tenants/acme", "tenants/globex", "fleet"]) await fleet.cp.draft.discard(admin, { section });
    expect(await names()).toEqual([]);
    expect((await fleet.cp.tenants.get(await scope("acme"))).spec.displayName).toBe("ACME");
    const [route] = await fleet.cp.objects.list(await scope("globex"), "Route");
    expect(route).toMatchObject({ updatedByName: "Mara Okafor", version: 3 });
    expect((await failure(fleet.cp.draft.discard(admin, { section: "tenants/acme" }))).code).toBe("not_found");
  });

  it("takes a tenant that was never live away when its section is discarded", async () => {
    await makeTenant(fleet.cp, "initech");
    await fleet.cp.draft.discard(admin, { section: "tenants/initech" });
    expect(await names()).toEqual([]);
    await expect(scope("initech")).rejects.toMatchObject({ code: "not_found" });
  });

  it("finds what the nodes' compiler would refuse, names it, and refuses to publish it", async () => {
    await makeTenant(fleet.cp, "initech");
    // Past the service, which would refuse it: a reference to an upstream that is not there.
    const spec = { upstream: "nowhere", authentication: { mode: "deny" } };
    await fleet.data.fleet.route.updateMany({ where: { tenant: { slug: "initech" } }, data: { spec } });
    const validation = await fleet.cp.draft.validate(admin);
    expect(validation.ok).toBe(false);
    expect(validation.errors.map(({ path }) => path)).toEqual(["tenants/initech/routes/all"]);
    expect(validation.isolation).toEqual({ ok: true, pairs: 6, violations: [] });
    const refusal = await failure(fleet.cp.draft.publish(admin, { comment: "broken", base: 2 }));
    expect(refusal.code).toBe("invalid");
    expect(refusal.issues.map(({ path }) => path)).toEqual(["tenants/initech/routes/all"]);
    expect((await fleet.cp.revisions.list(admin)).items[0]?.number).toBe(2);
  });

  it("does not let a half-finished edit elsewhere block a publish", async () => {
    await makeTenant(fleet.cp, "umbrella");
    expect(await fleet.cp.draft.publish(admin, { comment: "umbrella", base: 2, sections: ["tenants/umbrella"] })).toEqual({ revision: 3 });
  });

  it("warns of what is allowed and may not be meant", async () => {
    await fleet.cp.draft.discard(admin, { section: "tenants/initech" });
    await fleet.cp.tenants.create(await fleet.cp.access.fleet(admin, "tenant.create"), { slug: "bare", spec: { displayName: "Bare" } });
    const { ok, warnings } = await fleet.cp.draft.validate(admin);
    expect(ok).toBe(true);
    expect(warnings.filter(({ path }) => path === "tenants/bare").map(({ message }) => message)).toEqual([
      "has no identity provider: every token is refused",
      "has no route: every request is answered with 404",
    ]);
  });

  it("never publishes a stored spec that this build cannot read, and keeps what is live of it", async () => {
    await fleet.data.fleet.route.updateMany({ where: { tenant: { slug: "globex" } }, data: { spec: { upstream: "backend", novelty: true } } });
    await fleet.data.fleet.$executeRaw`update tenant set slug = slug where slug = 'globex'`;
    expect((await fleet.cp.draft.summary(admin)).tenants).toEqual(["bare", "globex"]);
    expect((await failure(fleet.cp.draft.publish(admin, { comment: "all", base: 3 }))).code).toBe("invalid");
    expect(await fleet.cp.draft.publish(admin, { comment: "bare", base: 3, sections: ["tenants/bare"] })).toEqual({ revision: 4 });
    expect((await fleet.cp.revisions.section(admin, { number: 4, section: "tenants/globex" })).hash).toBe(
      (await fleet.cp.revisions.section(admin, { number: 3, section: "tenants/globex" })).hash,
    );
  });

  it("shows that a group's choice of tenants is not published, and publishes it", async () => {
    await fleet.cp.draft.discard(admin, { section: "tenants/globex" });
    const [group] = await fleet.cp.groups.list(await fleet.cp.access.fleet(admin, "fleet.read"));
    if (group === undefined) throw new Error("no group");
    await fleet.cp.groups.put(await fleet.cp.access.fleet(admin, "fleet.write"), "default", {
      version: group.version,
      spec: { ...group.spec, tenants: ["acme", "globex"] },
    });
    expect(await names()).toEqual(["groups/default"]);
    await fleet.cp.draft.publish(admin, { comment: "Two tenants here", base: 4 });
    const [served] = await fleet.data.fleet.revisionGroup.findMany({ where: { revision: 5 } });
    expect(Object.keys(served?.manifest as object).sort()).toEqual(["fleet", "installation/seed-keys", "tenants/acme", "tenants/globex"]);
  });

  it("is read by those who may read it", async () => {
    expect((await fleet.cp.draft.summary(actorOf("viewer"))).base).toBe(5);
    expect((await failure(fleet.cp.draft.summary(actorOf("tenant_admin")))).code).toBe("forbidden");
    expect((await failure(fleet.cp.draft.discard(actorOf("viewer"), { section: "fleet" }))).code).toBe("forbidden");
  });

  it("shows what changed of the client certificates that count, and takes it back", async () => {
    const authority = (commonName: string) => issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign"] }).cert;
    const put = async (authorities: string): Promise<void> => {
      const { version, spec } = await fleet.cp.tenants.get(await scope("globex"));
      const writing = await fleet.cp.access.tenant(jonas, "globex", "tenant.write");
      await fleet.cp.tenants.update(writing, { version, spec: { ...spec, clientCertificates: { authorities } } });
    };
    const live = authority("Live");
    await put(live);
    await fleet.cp.draft.publish(admin, { comment: "Certificates", base: (await fleet.cp.draft.summary(admin)).base });
    await put(authority("Other"));
    const [section] = (await fleet.cp.draft.diff(admin)).sections;
    expect(section?.objects).toMatchObject([{ kind: "Tenant", name: "globex", fields: [{ path: "clientCertificates.authorities" }] }]);
    await fleet.cp.draft.discard(admin, { section: "tenants/globex" });
    expect((await fleet.cp.tenants.get(await scope("globex"))).spec.clientCertificates?.authorities).toBe(live);
    expect((await fleet.cp.draft.diff(admin)).sections).toEqual([]);
  });
});
