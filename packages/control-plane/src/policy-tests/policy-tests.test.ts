import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { testWordOf } from "./test-word.js";

let fleet: TestFleet;
const document = (name: string, spec: Record<string, unknown>, tenant?: string) => ({
  ...{ apiVersion: "sallyport.dev/v1", kind: "PolicyTest", spec },
  metadata: tenant === undefined ? { name } : { name, tenant },
});
const deny = (code: string) => ({ outcome: "deny", code });
const GUARD = { description: "Orders are for people who signed in.", request: { path: "/orders" }, expect: deny("missing_token") };

beforeAll(async () => {
  fleet = await startTestFleet();
  await fleet.cp.config.apply(admin, {
    documents: [{ apiVersion: "sallyport.dev/v1", kind: "Fleet", metadata: { name: "default" }, spec: { baseDomains: ["api.example.com"] } }],
  });
  for (const slug of ["acme", "globex"]) await makeTenant(fleet.cp, slug);
  await fleet.cp.draft.publish(admin, { comment: "First", base: null });
  const documents = [
    document("guard", GUARD, "acme"),
    document("good", { credential: { kind: "token", identityProvider: "main" }, expect: { outcome: "allow", subject: "policy-test" } }, "acme"),
    document("stranger", { credential: { kind: "foreign_token" }, expect: deny("tenant_mismatch") }, "acme"),
    document("guard", GUARD, "globex"),
    document("nobody", { expect: deny("missing_token") }),
    document("unknown-host", { request: { host: "nobody.example" }, expect: deny("tenant_not_identified") }),
  ];
  await fleet.cp.config.apply(admin, { documents });
});
afterAll(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "policy.write");
const base = async () => (await fleet.cp.draft.summary(admin)).base;
async function setMode(slug: string, mode: "public" | "required" | "deny"): Promise<void> {
  const scope = await scopeOf(slug);
  const row = await fleet.cp.objects.get(scope, "Route", "all");
  await fleet.cp.objects.put(scope, "Route", "all", { version: row.version, spec: { ...row.spec, authentication: { mode } } });
}
async function warningsConfirmed() {
  const { warnings, word } = await fleet.cp.review.show(admin);
  return { acknowledge: warnings.map(({ id }) => id), ...(word === null ? {} : { confirm: word }) };
}

describe("policy tests", () => {
  it("are data beside the draft: no section holds them, and nothing is unpublished for them", async () => {
    expect(await fleet.cp.draft.summary(admin)).toMatchObject({ unpublished: 0 });
    const dumped = await fleet.cp.config.dump(admin, {});
    expect(dumped.filter(({ kind }) => kind === "PolicyTest").map(({ metadata }) => metadata.name)).toEqual([
      ...["nobody", "unknown-host", "good", "guard", "stranger", "guard"],
    ]);
    expect((await fleet.cp.config.plan(admin, { documents: dumped })).every(({ change }) => change === "unchanged")).toBe(true);
  });

  it("run on the draft and on what is live, each with its trace", async () => {
    const { outcomes, ...counts } = await fleet.cp.policyTests.run(admin);
    expect(counts).toEqual({ revision: null, passed: 6, failed: 0 });
    expect(outcomes.map(({ path }) => path)).toContain("policyTests/nobody");
    await setMode("acme", "deny");
    const ofAcme = await fleet.cp.policyTests.run(admin, { tenant: "acme" });
    expect(ofAcme).toMatchObject({ passed: 0, failed: 3 });
    expect(ofAcme.outcomes.map(({ name, decidedAt }) => [name, decidedAt])).toEqual([
      ...[
        ["good", "route"],
        ["guard", "route"],
        ["stranger", "route"],
      ],
    ]);
    expect(await fleet.cp.policyTests.run(admin, { tenant: "acme", on: "live" })).toMatchObject({ revision: 1, passed: 3, failed: 0 });
    await setMode("acme", "required");
  });

  it("one that is not saved can be tried", async () => {
    const outcome = await fleet.cp.policyTests.attempt(await scopeOf("acme"), { spec: { expect: { outcome: "allow" } } });
    expect(outcome).toMatchObject({ passed: false, differences: ["It was refused with missing_token"], decidedAt: "extract" });
  });

  it("name no other tenant, unless they are the fleet's", async () => {
    const scope = await scopeOf("acme");
    for (const spec of [
      { request: { tenant: "globex" }, expect: deny("missing_token") },
      { credential: { kind: "foreign_token", tenant: "globex" }, expect: deny("tenant_mismatch") },
      { expect: { outcome: "allow", tenant: "globex" } },
    ])
      expect((await refusalOf(fleet.cp.objects.put(scope, "PolicyTest", "planted", { version: null, spec }))).issues[0]?.message).toMatch(
        /tests of the whole fleet/,
      );
    const spec = { request: { tenant: "acme" }, credential: { kind: "foreign_token", tenant: "globex" }, expect: deny("tenant_mismatch") };
    const write = await fleet.cp.access.fleet(admin, "fleet.write");
    const { version } = await fleet.cp.fleet.policyTests.put(write, "border", { version: null, spec });
    expect(await fleet.cp.policyTests.run(admin)).toMatchObject({ passed: 7, failed: 0 });
    await fleet.cp.fleet.policyTests.remove(write, "border", { version });
  });

  it("of all tenants are for those who read the fleet", async () => {
    const { tenantId: id } = await scopeOf("acme");
    const viewer = { ...actorOf("viewer"), grants: { fleet: new Set<never>(), tenants: new Map([[id, new Set(["tenant.read" as const])]]) } };
    expect((await refusalOf(fleet.cp.policyTests.run(viewer))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.policyTests.run(viewer, { tenant: "globex" }))).code).toBe("not_found");
    const own = await fleet.cp.policyTests.run(viewer, { tenant: "acme" });
    expect(own.passed).toBe(3);
    expect(JSON.stringify(own)).not.toContain("globex");
  });
});

describe("a publish that tests say no to", () => {
  it("is held back, with the test, what was expected and got, and the step; the review says the same before", async () => {
    await setMode("acme", "public");
    const review = await fleet.cp.review.show(admin);
    expect(review.testWord).toBe("4 failing tests");
    // Those of globex cannot turn, and are not run.
    expect(review.tests?.failed.map(({ path, at }) => [path, at])).toEqual([
      ...[
        ["policyTests/nobody", "acme"],
        ["tenants/acme/policyTests/good", null],
        ["tenants/acme/policyTests/guard", null],
      ],
      ["tenants/acme/policyTests/stranger", null],
    ]);
    const consent = await warningsConfirmed();
    const refusal = await refusalOf(fleet.cp.draft.publish(admin, { comment: "Open", base: await base(), ...consent }));
    expect(refusal).toMatchObject({ code: "unconfirmed", current: { warnings: [], word: null, tests: { word: "4 failing tests" } } });
    expect(refusal.message).toMatch(/tenants\/acme\/policyTests\/guard: expected refused with missing_token, got let in as nobody/);
    expect(await base()).toBe(1);
  });

  it("goes out with the word, a reason and the right to it; and stands in the audit log", async () => {
    const consent = await warningsConfirmed();
    const reason = "The tests are from before the redesign.";
    const input = { comment: "Open", base: await base(), ...consent };
    const overrule = { confirm: "4 failing tests", reason };
    const without = { ...admin, grants: { ...admin.grants, fleet: new Set([...admin.grants.fleet].filter((held) => held !== "revision.overrule")) } };
    expect((await refusalOf(fleet.cp.draft.publish(without, { ...input, overrule }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.draft.publish(admin, { ...input, overrule: { ...overrule, reason: "because" } }))).issues[0]?.path).toBe(
      "overrule.reason",
    );
    expect((await refusalOf(fleet.cp.draft.publish(admin, { ...input, overrule: { ...overrule, confirm: "acme" } }))).code).toBe("unconfirmed");
    await fleet.cp.draft.publish(admin, { ...input, overrule });
    const [entry] = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), {})).items;
    expect(entry).toMatchObject({ action: "revision.publish", after: { overruled: { reason } } });
    expect(JSON.stringify(entry?.after)).toContain("tenants/acme/policyTests/guard");
    // Back without a word about tests: what was live once may always come back.
    await fleet.cp.revisions.rollback(admin, { to: 1, comment: "Back" });
    await setMode("acme", "required");
  });

  it("is not held back by other tenants' tests, nor by a tenant that is in the draft alone", async () => {
    const acme = await scopeOf("acme");
    const { version } = await fleet.cp.objects.put(acme, "PolicyTest", "wrong", { version: null, spec: { expect: { outcome: "allow" } } });
    await makeTenant(fleet.cp, "hooli");
    await fleet.cp.objects.put(await scopeOf("hooli"), "PolicyTest", "wrong", { version: null, spec: { expect: { outcome: "allow" } } });
    await fleet.cp.objects.put(await scopeOf("globex"), "Upstream", "second", { version: null, spec: { url: "http://second.internal" } });
    const { revision } = await fleet.cp.draft.publish(admin, { comment: "globex", base: await base(), sections: ["tenants/globex"] });
    expect(revision).toBe(4);
    // The fleet's settings touch everybody.
    const settings = await fleet.cp.access.fleet(admin, "fleet.write");
    const { spec, version: stands } = await fleet.cp.fleet.settings(settings);
    await fleet.cp.fleet.putSettings(settings, { version: stands, spec: { ...spec, tenantHeader: "X-Which" } });
    const refusal = await refusalOf(fleet.cp.draft.publish(admin, { comment: "fleet", base: await base(), sections: ["fleet"] }));
    expect(refusal).toMatchObject({ code: "unconfirmed", current: { tests: { word: "acme/wrong" } } });
    await fleet.cp.objects.remove(acme, "PolicyTest", "wrong", { version });
    await fleet.cp.draft.publish(admin, { comment: "fleet", base: await base(), sections: ["fleet"] });
  });

  it("what cannot be read counts as failed", async () => {
    await fleet.data.fleet.policyTest.updateMany({ where: { name: "stranger" }, data: { spec: { expect: { outcome: "perhaps" } } } });
    await setMode("acme", "deny");
    const { tests } = await fleet.cp.review.show(admin, { sections: ["tenants/acme"] });
    expect(tests?.failed.find(({ name }) => name === "stranger")?.got).toMatch(/^cannot be read: /);
  });

  it("stays with the tests when the draft is discarded", async () => {
    await fleet.cp.draft.discard(admin, { section: "tenants/acme" });
    expect((await fleet.cp.policyTests.run(admin, { tenant: "acme" })).outcomes).toHaveLength(3);
  });
});

describe("the word for tests that fail", () => {
  const failing = (tenant: string | null, name: string) => ({ tenant, name });
  it.each([
    [[], null],
    [[failing("acme", "a")], "acme/a"],
    [[failing(null, "a")], "fleet/a"],
    [[failing("acme", "a"), failing("acme", "b")], "2 failing tests of acme"],
    [[failing("acme", "a"), failing(null, "b")], "2 failing tests"],
  ])("of %j is %s", (failed, word) => {
    expect(testWordOf(failed)).toBe(word);
  });
});
