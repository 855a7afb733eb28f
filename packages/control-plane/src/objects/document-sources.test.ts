import { withFleet } from "@sallyport/data";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addPressedKeys } from "../limit-use/pressed-keys.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterAll(() => fleet.close());

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "policy.write");
const SPEC = { key: ["tenant"], limit: 10, burst: 5 };
const limitOf = (name: string, tenant?: string, spec: object = SPEC) => ({
  ...{ apiVersion: "sallyport.dev/v1", kind: "RateLimitPolicy", spec },
  metadata: tenant === undefined ? { name } : { name, tenant },
});
const kept = () => queryOwner<{ name: string; source: string }>(fleet, "SELECT name, source FROM document_source ORDER BY tenant_slug, name");

it("what an author wrote is kept beside the object, is none of its version, and goes with it", async () => {
  const scope = await scopeOf("acme");
  const { version } = await fleet.cp.objects.put(scope, "RateLimitPolicy", "api", { spec: SPEC, version: null, source: "# Why.\nspec: {}\n" });
  expect(await fleet.cp.objects.source(scope, "RateLimitPolicy", "api")).toBe("# Why.\nspec: {}\n");
  expect(await fleet.cp.objects.source(await scopeOf("globex"), "RateLimitPolicy", "api")).toBeNull();
  // Who says nothing of it leaves it.
  const next = await fleet.cp.objects.put(scope, "RateLimitPolicy", "api", { spec: { ...SPEC, limit: 20 }, version });
  expect(await fleet.cp.objects.source(scope, "RateLimitPolicy", "api")).toContain("# Why.");
  expect(next).not.toHaveProperty("source");
  const tooLong = fleet.cp.objects.put(scope, "RateLimitPolicy", "api", { spec: SPEC, version: next.version, source: "#".repeat(70_000) });
  expect(await refusalOf(tooLong)).toMatchObject({ code: "invalid", issues: [{ path: "source" }] });
  await fleet.cp.objects.remove(scope, "RateLimitPolicy", "api", { version: next.version });
  expect(await kept()).toEqual([]);
});

it("comes with a file that is applied, and back with the dump; applying that changes nothing, and the sections are the same without it", async () => {
  const documents = [limitOf("all"), limitOf("own", "acme"), limitOf("bare", "acme")];
  const sources = ["# Of everybody.\nspec: {}\n", "# Of acme.\nspec: {}\n", null];
  expect((await refusalOf(fleet.cp.config.apply(admin, { documents, sources: [null] }))).issues[0]?.path).toBe("sources");
  await fleet.cp.config.apply(admin, { documents, sources, dryRun: true });
  expect(await kept()).toEqual([]);
  await fleet.cp.config.apply(admin, { documents });
  const before = await fleet.cp.draft.diff(admin);
  await fleet.cp.config.apply(admin, { documents, sources });
  expect(await fleet.cp.draft.diff(admin)).toEqual(before);
  const dump = await fleet.cp.config.dumpWithSources(admin, {});
  const told = dump.documents.map(({ metadata }, at) => [metadata.name, dump.sources[at]]).filter(([, source]) => source !== null);
  expect(told).toEqual([
    ["all", sources[0]],
    ["own", sources[1]],
  ]);
  const own = await fleet.cp.config.dumpWithSources(admin, { tenant: "acme" });
  expect(own.sources.filter((source) => source !== null)).toEqual([sources[1]]);
  const again = await fleet.cp.config.apply(admin, { documents: dump.documents, sources: dump.sources });
  expect(new Set(again.changes.map(({ change }) => change))).toEqual(new Set(["unchanged"]));
  // A file that says nothing to people any more.
  await fleet.cp.config.apply(admin, { documents: [limitOf("own", "acme")], sources: [null] });
  expect((await kept()).map(({ name }) => name)).toEqual(["all"]);
});

it("of a policy of the fleet is kept alike", async () => {
  const scope = await fleet.cp.access.fleet(admin, "fleet.write");
  const { version } = await fleet.cp.fleet.policies.put(scope, "late", { spec: { ...SPEC, key: ["tenant"] }, version: null, source: "# Late.\n" });
  expect(await fleet.cp.fleet.policies.source(scope, "late")).toBe("# Late.\n");
  await fleet.cp.fleet.policies.remove(scope, "late", { version });
  expect(await fleet.cp.fleet.policies.source(scope, "late")).toBeNull();
});

it("goes with its tenant, as do the keys that pressed on its limits: whoever is called the same later finds neither", async () => {
  const again = async () => {
    await makeTenant(fleet.cp, "initech");
    return fleet.cp.access.tenant(admin, "initech", "policy.write");
  };
  const scope = await again();
  await fleet.cp.objects.put(scope, "RateLimitPolicy", "api", { spec: SPEC, version: null, source: "# Agreed with Initech.\n" });
  await withFleet(fleet.data.fleet, (tx) =>
    addPressedKeys(tx, [{ tenant: "initech", policy: "api", key: { address: "192.0.2.1" }, over: 3, near: 0, unseen: 0 }], fleet.clock.now()),
  );
  expect((await fleet.cp.pressedKeys.topOf(scope, { policy: "api" })).keys).toHaveLength(1);
  await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "initech", confirm: "initech" });
  const other = await again();
  await fleet.cp.objects.put(other, "RateLimitPolicy", "api", { spec: SPEC, version: null });
  expect(await fleet.cp.objects.source(other, "RateLimitPolicy", "api")).toBeNull();
  expect((await fleet.cp.pressedKeys.topOf(other, { policy: "api" })).keys).toEqual([]);
});
