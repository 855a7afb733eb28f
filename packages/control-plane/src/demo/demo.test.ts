import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { beat, enrol, makeNodeKey } from "../testing/test-node.js";
import { seedDemoConfiguration, seedDemoHistory } from "./index.js";

const surroundings = {
  upstream: "http://127.0.0.1:4010",
  providers: ["acme", "globex"].map((tenant) => ({ tenant, issuer: `http://127.0.0.1:4020/${tenant}`, audience: `https://api.${tenant}.example` })),
};

describe("the demo", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet();
  });
  afterAll(() => fleet.close());

  it("tells its story on an empty installation, through the services, and its draft can be published", async () => {
    expect(await seedDemoConfiguration(fleet.deps, surroundings)).toBe(true);
    const { items } = await fleet.cp.revisions.list(admin);
    expect(items.length).toBeGreaterThanOrEqual(6);
    expect(items.map(({ number }) => number)).toEqual(items.map((_, index) => items.length - index));
    const { base, tenants } = await fleet.cp.draft.summary(admin);
    expect(base).toBe(items[0]?.number);
    expect(tenants).toEqual(["globex", "vandelay"]);
    const { items: keys } = await fleet.cp.apiKeys.list(await fleet.cp.access.tenant(admin, "acme", "tenant.read"), {});
    expect(keys.map(({ name, previous }) => [name, previous !== null])).toEqual([
      ["ci-runner", false],
      ["nightly-export", true],
      ["partner-sandbox", false],
    ]);
    const { items: revocations } = await fleet.cp.revocations.list(admin, { show: "all" });
    expect(revocations.map(({ tenant, kind, state }) => `${tenant} ${kind} ${state}`)).toEqual([
      "massive-dynamic subject in_force",
      "acme api_key final",
      "initech idp_keys final",
      // The machines that were replaced.
      ...Array.from({ length: 4 }, () => "null node final"),
      "hooli suspension lifted",
      "stark-ledger token expired",
    ]);
    expect(await fleet.cp.draft.validate(admin)).toMatchObject({ ok: true, errors: [] });
    const { outcomes, failed } = await fleet.cp.policyTests.run(admin);
    expect(outcomes.filter(({ passed }) => !passed).map(({ path, got }) => `${path}: ${got}`)).toEqual([]);
    expect([outcomes.length, failed]).toEqual([11, 0]);
  });

  it("has rollouts in its past: one that came through its stages, and one that was rolled back because its first node refused too much", async () => {
    const { items } = await fleet.cp.rollouts.list(admin);
    expect(items.map(({ state, stage, stages, settledAt }) => [state, stage, stages, settledAt !== null])).toEqual([
      ["rolled_back", 1, 3, true],
      ["completed", 3, 3, true],
    ]);
    const [back, done] = items;
    expect(back?.halted).toMatch(/^its nodes refuse 31\.\d % of \d+ requests, after 0\.\d % before, 0 % at nodes with the old content/);
    const finished = await fleet.cp.rollouts.get(admin, { revision: done?.revision ?? 0 });
    expect(finished.nodes.map(({ state }) => state)).toEqual(["applied", "applied", "applied", "applied"]);
    expect(finished.nodes.every(({ tookMs, applyMs }) => tookMs !== null && tookMs > 500 && tookMs < 3_000 && applyMs !== null)).toBe(true);
    const halted = await fleet.cp.rollouts.get(admin, { revision: back?.revision ?? 0 });
    expect(halted.nodes.map(({ state }) => state).sort()).toEqual(["held", "held", "held", "returned"]);
    expect(await fleet.cp.revisions.get(admin, back?.endedBy ?? 0)).toMatchObject({ authorName: "Rollouts", rolledBackFrom: back?.base });
    // The machines of that time are gone; the rollouts show them still.
    expect(await fleet.cp.nodes.list(admin)).toEqual([]);
  });

  it("adds its past once nodes have enrolled: alerts of several kinds and states, and a day of decisions", async () => {
    expect(await seedDemoHistory(fleet.deps, surroundings)).toBe(false);
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "demo", kind: "reusable" });
    for (const name of ["node-a", "node-b"]) {
      const key = await makeNodeKey();
      const { nodeId } = await enrol(fleet.cp, key, token, Date.now(), { name });
      await beat(fleet.cp, key, nodeId, Date.now());
    }
    expect(await seedDemoHistory(fleet.deps, surroundings)).toBe(true);
    const { items, counts } = await fleet.cp.alerts.list(admin, {});
    expect(new Set(items.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(6);
    expect(counts.open).toBeGreaterThan(0);
    expect(counts.acknowledged).toBeGreaterThan(0);
    expect(counts.closed).toBeGreaterThan(0);
    const { items: keys } = await fleet.cp.apiKeys.list(await fleet.cp.access.tenant(admin, "acme", "tenant.read"), {});
    expect(keys.filter(({ lastUsedAt, previous }) => lastUsedAt !== null && previous?.lastUsedAt !== null)).toHaveLength(2);
    const { series, openAlerts, lastChanges } = await fleet.cp.overview.get(admin);
    expect(series.slice(0, 95).every(({ allowed }) => allowed > 0)).toBe(true);
    expect(openAlerts[0]).toMatchObject({ kind: "cross_tenant_attempt", severity: "critical", count: 214 });
    expect(lastChanges.length).toBeGreaterThan(0);
    const everywhere = await fleet.cp.access.fleet(admin, "tenant.read");
    expect((await fleet.cp.pressedKeys.topOfFleet(everywhere, { policy: "login-address" })).keys[0]).toMatchObject({
      key: { address: "203.0.113.77" },
    });
    const acme = await fleet.cp.access.tenant(admin, "acme", "policy.write");
    const [recording] = await fleet.cp.trafficRecordings.list(acme);
    expect(recording).toMatchObject({ state: "ended", nodes: 2, lost: 0 });
    const spec = { key: ["client_ip" as const], limit: 600, windowSeconds: 60, burst: 120 };
    const tried = await fleet.cp.simulations.ofTenant(acme, { recording: recording?.id ?? "", name: "per-address", spec });
    expect([tried.counted === recording?.requests, tried.over > 0, tried.keysOver]).toEqual([true, true, 1]);
  });

  it("does nothing the second time", async () => {
    const before = await fleet.cp.revisions.list(admin);
    const alerts = await fleet.cp.alerts.list(admin, {});
    expect(await seedDemoConfiguration(fleet.deps, surroundings)).toBe(false);
    expect(await seedDemoHistory(fleet.deps, surroundings)).toBe(false);
    expect(await fleet.cp.revisions.list(admin)).toEqual(before);
    expect((await fleet.cp.alerts.list(admin, {})).items).toEqual(alerts.items);
  });
});
