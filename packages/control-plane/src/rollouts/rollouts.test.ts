import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ControlPlane } from "../control-plane.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { joinTestGateway, type TestGateway } from "../testing/test-gateway.js";
import type { RolloutPlanInput } from "./rollout-plan.schemas.js";

const CANARY = { stages: [{ nodes: ["edge-1"], soakSeconds: 0 }], halt: { minRequests: 50, refusalRise: 5 } } satisfies RolloutPlanInput;
const NO = [{ code: "compile_failed" as const, path: "tenants/acme/routes/all", message: "cannot be compiled" }];

describe("a rollout", () => {
  let fleet: TestFleet;
  let cp: ControlPlane;
  let edges: TestGateway[];
  let changes = 0;

  beforeAll(async () => {
    fleet = await startTestFleet();
    cp = fleet.cp;
    await makeTenant(cp, "acme");
    await makeTenant(cp, "globex");
    edges = [];
    for (const name of ["edge-1", "edge-2", "edge-3"]) edges.push(await joinTestGateway(fleet, name, () => cp));
    await all((edge) => edge.beat());
    await cp.draft.publish(admin, { comment: "First", base: null });
    await all((edge) => edge.follow());
  });
  afterAll(() => fleet.close());
  beforeEach(() => all((edge) => edge.beat()));
  afterEach(async () => {
    // Whatever a test left on its way: the next one begins with everybody on one content.
    for (const { revision, settledAt } of (await cp.rollouts.list(admin)).items)
      if (settledAt === null) await cp.rollouts.rollback(admin, { revision });
    for (const edge of edges) edge.refuse(() => null);
    await all((edge) => edge.follow());
  });

  async function all<T>(work: (edge: TestGateway) => Promise<T>): Promise<T[]> {
    return Promise.all(edges.map(work));
  }
  const [edge1, edge2] = [() => edges[0] as TestGateway, () => edges[1] as TestGateway];
  /** Root hashes of the nodes, in their order. */
  const contents = () => edges.map((edge) => edge.running()?.rootHash);
  async function change(slug = "acme"): Promise<void> {
    changes += 1;
    const scope = await cp.access.tenant(admin, slug, "route.write");
    const { version, spec } = await cp.objects.get(scope, "Upstream", "backend");
    await cp.objects.put(scope, "Upstream", "backend", { version, spec: { ...spec, url: `http://${slug}-${changes}.internal:8080` } });
  }
  async function publish(rollout: RolloutPlanInput = CANARY, more: { readonly supersede?: boolean } = {}): Promise<number> {
    await change();
    return (await cp.draft.publish(admin, { comment: "Change", base: (await cp.draft.summary(admin)).base, rollout, ...more })).revision;
  }
  /** Takes every step that is to be taken now. */
  async function advance(through = cp): Promise<void> {
    while (await through.rollouts.advance());
  }
  const stateOf = async (revision: number) => (await cp.rollouts.get(admin, { revision })).state;

  it("offers the new content to its stage alone, goes on by itself, and is complete when everybody has it", async () => {
    const [before] = contents();
    const revision = await publish();
    expect((await cp.nodes.list(admin)).map(({ targetRevision }) => targetRevision)).toEqual([revision, revision - 1, revision - 1]);
    await advance();
    await all((edge) => edge.follow());
    const [canary, ...others] = contents();
    expect(canary).not.toBe(before);
    expect(others).toEqual([before, before]);
    expect((await cp.nodes.list(admin)).map(({ sync }) => sync)).toEqual(["live", "live", "live"]);
    await advance();
    expect(await cp.rollouts.get(admin, { revision })).toMatchObject({ state: "running", stage: 2, stages: 2, waitsFor: "nodes" });
    expect(await cp.revisions.get(admin, revision)).toMatchObject({ rollout: { state: "running" } });
    expect(await cp.overview.get(admin)).toMatchObject({ live: { number: revision, isStaged: true } });
    await all((edge) => edge.follow());
    await advance();
    expect(contents()).toEqual([canary, canary, canary]);
    const done = await cp.rollouts.get(admin, { revision });
    expect(done).toMatchObject({ state: "completed", endedBy: null, halted: null });
    expect(done.nodes.map(({ name, stage, state }) => ({ name, stage, state }))).toEqual([
      { name: "edge-1", stage: 1, state: "applied" },
      { name: "edge-2", stage: 2, state: "applied" },
      { name: "edge-3", stage: 2, state: "applied" },
    ]);
  });

  it("halts when a node refuses, and brings the old content back as a revision of its own", async () => {
    const before = contents();
    const live = (await cp.draft.summary(admin)).base ?? 0;
    edge1().refuse((rootHash) => (before.includes(rootHash) ? null : NO));
    const revision = await publish();
    await all((edge) => edge.follow());
    await advance();
    const { state, endedBy, halted, nodes, halt } = await cp.rollouts.get(admin, { revision });
    expect({ state, endedBy, halt }).toMatchObject({ state: "rolled_back", endedBy: revision + 1, halt: { kind: "nack", node: "edge-1" } });
    expect(halted).toBe("edge-1 refused it (compile_failed at tenants/acme/routes/all: cannot be compiled)");
    expect(nodes[0]?.errors).toEqual(NO);
    expect(await all((edge) => edge.follow())).toEqual([revision + 1, revision + 1, revision + 1]);
    expect(contents()).toEqual(before);
    const back = await cp.revisions.get(admin, revision + 1);
    expect(back.rollout).toBeNull();
    expect(back).toMatchObject({ rolledBackFrom: live, authorName: "Rollouts" });
    expect(back.comment).toContain("was rolled back by itself: edge-1 refused it");
  });

  it("halts when its nodes refuse more than before and more than the others, and not when all of them do", async () => {
    // What was refused while other revisions were tried is no measure: only whole minutes after the last rollout count.
    await all((edge) => edge.decide({ allowed: 0, refused: 500 }));
    fleet.clock.advance(120_000);
    await all((edge) => edge.beat());
    await all((edge) => edge.decide({ allowed: 200, refused: 2 }));
    const revision = await publish({ ...CANARY, rollback: "manual" });
    await all((edge) => edge.follow());
    await edge1().decide({ allowed: 10, refused: 20 });
    await cp.rollouts.pause(admin, { revision });
    await advance();
    // Too few requests to say anything.
    expect(await cp.rollouts.get(admin, { revision })).toMatchObject({
      state: "paused",
      measured: { after: { total: 30, refused: 20 }, rise: null },
    });
    await all((edge) => edge.decide({ allowed: 100, refused: 100 }));
    await advance();
    expect(await stateOf(revision)).toBe("paused");
    await edge1().decide({ allowed: 0, refused: 300 });
    await advance();
    expect(await cp.rollouts.get(admin, { revision })).toMatchObject({ state: "paused", waitsFor: "judgement" });
    fleet.clock.advance(6_000);
    await advance();
    const { state, halt, halted, waitsFor } = await cp.rollouts.get(admin, { revision });
    expect({ state, waitsFor }).toEqual({ state: "halted", waitsFor: null });
    expect(halt).toMatchObject({ kind: "refusals", allowed: 5, before: { total: 202, refused: 2 }, after: { total: 530, refused: 420 } });
    expect(halted).toContain("its nodes refuse 79.2 % of 530 requests, after 1 % before");
    // Somebody looked at it: the judgement begins anew, and with it the stage.
    expect(await cp.rollouts.resume(admin, { revision })).toMatchObject({
      state: "running",
      stage: 1,
      measured: { after: { total: 0, refused: 0 } },
    });
  });

  it("holds against the new content only what it decided: not what nodes tell late of the revision before", async () => {
    fleet.clock.advance(120_000);
    await all((edge) => edge.beat());
    await all((edge) => edge.decide({ allowed: 200, refused: 0, by: edge.running()?.revision ?? null }));
    const revision = await publish({ ...CANARY, stages: [{ nodes: ["edge-1"], soakSeconds: 600 }], rollback: "manual" });
    const measured = async () => (await cp.rollouts.get(admin, { revision })).measured;
    await edge1().decide({ allowed: 0, refused: 300, by: revision - 1 });
    await edge1().decide({ allowed: 0, refused: 300, by: null });
    await all((edge) => edge.follow());
    await edge1().decide({ allowed: 100, refused: 300, by: revision - 1 });
    expect(await measured()).toMatchObject({ after: { total: 0, refused: 0 } });
    await advance();
    expect(await stateOf(revision)).toBe("running");
    await edge1().decide({ allowed: 20, refused: 90, by: revision });
    expect(await measured()).toMatchObject({ after: { total: 110, refused: 90 } });
    await edge2().decide({ allowed: 0, refused: 300, by: revision - 1 });
    // Of a node that keeps the old content it is just what the others are compared with.
    expect(await measured()).toMatchObject({ after: { total: 110, refused: 90 }, others: { total: 300, refused: 300 } });
  });

  it("brings revocations, keys and suspensions to nodes of both contents, and lets nodes go from the old to the new", async () => {
    const [old] = contents();
    const revision = await publish({ ...CANARY, stages: [{ nodes: ["edge-1"], promote: "manual" }] });
    await all((edge) => edge.follow());
    const split = contents();
    expect(split).toEqual([expect.not.stringMatching(old ?? ""), old, old]);
    const scope = await cp.access.tenant(admin, "acme", "revocation.write");
    for (let round = 1; round <= 2; round++) {
      const { id } = await cp.revocations.revokeToken(scope, { jti: `stolen-${round}`, issuer: "https://login.acme.example", reason: "Stolen" });
      expect(await all((edge) => edge.follow())).toEqual([revision + 2 * round, revision + 2 * round - 1, revision + 2 * round - 1]);
      const name = "installation/revocations/acme";
      expect(new Set(edges.map((edge) => edge.running()?.manifest[name])).size).toBe(1);
      expect((await cp.revocations.get(scope, { id })).nodes.map(({ state }) => state)).toEqual(["in_effect", "in_effect", "in_effect"]);
    }
    expect(contents()).toEqual(split);
    await cp.rollouts.promote(admin, { revision });
    expect(await all((edge) => edge.follow())).toEqual([revision + 4, revision + 4, revision + 4]);
    await advance();
    expect(await stateOf(revision)).toBe("completed");
    expect(new Set(contents()).size).toBe(1);
  });

  it("reaches a node that refused the new content with what is urgent, by way of the old one", async () => {
    const [old] = contents();
    edge1().refuse((rootHash) => (rootHash === old ? null : NO));
    const revision = await publish({ ...CANARY, rollback: "manual" });
    await all((edge) => edge.follow());
    await advance();
    expect(await stateOf(revision)).toBe("halted");
    const scope = await cp.access.tenant(admin, "globex", "revocation.write");
    const { id } = await cp.revocations.revokeSubject(scope, { subject: "ada", reason: "Laptop stolen" });
    await all((edge) => edge.follow());
    expect(edge1().running()?.rootHash).toBe(old);
    expect((await cp.revocations.get(scope, { id })).reach).toMatchObject({ inEffect: 3, nodes: 3 });
  });

  it("keeps a tenant suspended at nodes whose content does not say so yet, until every node has the one that does", async () => {
    const scope = await cp.access.tenant(admin, "globex", "tenant.write");
    const { id } = await cp.revocations.suspend(scope, { reason: "Unpaid" });
    const stateOfIt = async () => (await cp.revocations.get(scope, { id })).state;
    const section = "installation/revocations/globex";
    const revision = await publish({ ...CANARY, stages: [{ nodes: ["edge-1"], promote: "manual" }] });
    await all((edge) => edge.follow());
    const suspendedBy = () => edges.map((edge) => edge.running()?.manifest[section] !== undefined);
    // The subject that another test revoked keeps the section; what counts is that the nodes of the old content still have one.
    expect(suspendedBy().slice(1)).toEqual([true, true]);
    expect(await stateOfIt()).not.toBe("superseded");
    const acme = await cp.access.tenant(admin, "acme", "revocation.write");
    await cp.revocations.revokeSubject(acme, { subject: "bob", reason: "Laptop stolen" });
    await all((edge) => edge.follow());
    const held = edge2().running()?.manifest[section];
    expect(held).toBeDefined();
    expect(held).not.toBe(edge1().running()?.manifest[section]);
    await cp.rollouts.promote(admin, { revision });
    await all((edge) => edge.follow());
    await advance();
    expect(await stateOf(revision)).toBe("completed");
    expect(await stateOfIt()).toBe("superseded");
    await cp.revocations.lift(scope, { id }).catch(() => undefined);
    const { version } = await cp.tenants.get(scope);
    await cp.tenants.resume(scope, { version });
    await cp.draft.publish(admin, { comment: "Paid", base: (await cp.draft.summary(admin)).base });
  });

  it("gives a node that joins meanwhile the old content, until the last stage is open", async () => {
    const [old] = contents();
    const revision = await publish({ ...CANARY, stages: [{ nodes: ["edge-1"], promote: "manual" }] });
    await all((edge) => edge.follow());
    const late = await joinTestGateway(fleet, `late-${revision}`);
    await late.beat();
    await late.follow();
    expect(late.running()?.rootHash).toBe(old);
    expect((await cp.rollouts.get(admin, { revision })).nodes.find(({ name }) => name === late.name)).toMatchObject({ stage: null, state: "held" });
    await cp.rollouts.promote(admin, { revision });
    await late.follow();
    expect(late.running()?.rootHash).toBe(edge1().running()?.rootHash);
    await all((edge) => edge.follow());
    await advance();
    expect(await stateOf(revision)).toBe("completed");
    await cp.nodes.revoke(admin, { name: late.name });
  });

  it("gives the new content at once to groups that the plan does not name, and the old one back to them as well", async () => {
    const [old] = contents();
    await cp.groups.put(await cp.access.fleet(admin, "fleet.write"), "lab", { version: null, spec: { displayName: "Lab" } });
    const lab = await joinTestGateway(fleet, "lab-1", () => cp, "lab");
    await lab.follow();
    expect(lab.running()?.rootHash).toBe(old);
    const revision = await publish({ groups: ["default"], stages: [{ nodes: ["edge-1"], promote: "manual" }] });
    await all((edge) => edge.follow());
    await lab.follow();
    const split = contents();
    expect(split.map((hash) => hash === old)).toEqual([false, true, true]);
    expect(lab.running()?.rootHash).toBe(split[0]);
    expect((await cp.rollouts.get(admin, { revision })).nodes.map(({ name }) => name)).not.toContain("lab-1");
    await cp.rollouts.rollback(admin, { revision });
    await lab.follow();
    expect(lab.running()?.rootHash).toBe(old);
    await cp.nodes.revoke(admin, { name: "lab-1" });
  });

  it("gives each group stages of its own, one after the other", async () => {
    const [old] = contents();
    await cp.groups.put(await cp.access.fleet(admin, "fleet.write"), "shore", { version: null, spec: { displayName: "Shore" } });
    const shore = await joinTestGateway(fleet, "shore-1", () => cp, "shore");
    await shore.beat();
    await shore.follow();
    const revision = await publish({
      stages: [
        { percent: 100, groups: ["shore"], soakSeconds: 0 },
        { percent: 33, groups: ["default"], promote: "manual" },
      ],
    });
    await all((edge) => edge.follow());
    await shore.follow();
    expect(contents()).toEqual([old, old, old]);
    expect(shore.running()?.rootHash).not.toBe(old);
    await advance();
    await all((edge) => edge.follow());
    expect(contents().filter((hash) => hash !== old)).toEqual([shore.running()?.rootHash]);
    const { nodes } = await cp.rollouts.get(admin, { revision });
    const stagesOf = (group: string) => nodes.filter((each) => each.group === group).map(({ stage }) => stage);
    expect([stagesOf("shore"), stagesOf("default").sort()]).toEqual([[1], [2, 3, 3]]);
    await cp.rollouts.rollback(admin, { revision });
    await cp.nodes.revoke(admin, { name: "shore-1" });
  });

  it("goes on at another replica where the first one stopped, and of two that act at once only one does", async () => {
    const revision = await publish({ ...CANARY, stages: [{ nodes: ["edge-1"], soakSeconds: 30 }] });
    await all((edge) => edge.follow());
    await advance();
    expect(await cp.rollouts.get(admin, { revision })).toMatchObject({ state: "running", stage: 1, waitsFor: "soak" });
    const second = fleet.replica();
    fleet.clock.advance(30_001);
    try {
      await all((edge) => edge.beat());
      const took = await Promise.all([cp, second, cp, second].map((each) => each.rollouts.advance()));
      expect(took.filter(Boolean)).toHaveLength(1);
      expect(await second.rollouts.get(admin, { revision })).toMatchObject({ stage: 2 });
    } finally {
      fleet.clock.advance(-30_001);
    }
  });

  it("refuses a publish over it unless that is meant, and then keeps the content that most nodes run", async () => {
    const [old] = contents();
    const revision = await publish();
    await all((edge) => edge.follow());
    const refusal = await refusalOf(publish());
    expect(refusal.code).toBe("precondition");
    expect(refusal.message).toBe(`Revision ${revision} is being rolled out. Wait for it, roll it back, or publish over it on purpose (supersede).`);
    const next = await publish({ ...CANARY, stages: [{ nodes: ["edge-2"], promote: "manual" }] }, { supersede: true });
    expect(await cp.rollouts.get(admin, { revision })).toMatchObject({ state: "superseded", endedBy: next });
    await all((edge) => edge.follow());
    const [first, second, third] = contents();
    expect([first, third]).toEqual([old, old]);
    expect(second).not.toBe(old);
    await cp.rollouts.abort(admin, { revision: next });
    expect(await stateOf(next)).toBe("aborted");
    // Nothing runs any more: the next publish need not say that it takes its place.
    const last = await publish(undefined);
    expect(await stateOf(next)).toBe("superseded");
    expect(await stateOf(last)).toBe("running");
  });

  it("is begun, changed and ended by publishers alone, each change with its audit row", async () => {
    const revision = await publish();
    for (const verb of ["promote", "pause", "resume", "abort", "rollback"] as const)
      expect((await refusalOf(cp.rollouts[verb](actorOf("operator"), { revision }))).code).toBe("not_found");
    expect((await cp.rollouts.get(actorOf("viewer"), { revision })).state).toBe("running");
    const publisher = actorOf("publisher");
    await cp.rollouts.pause(publisher, { revision });
    expect((await refusalOf(cp.rollouts.pause(publisher, { revision }))).code).toBe("precondition");
    await cp.rollouts.resume(publisher, { revision });
    await cp.rollouts.rollback(publisher, { revision });
    expect((await refusalOf(cp.rollouts.promote(publisher, { revision }))).message).toContain("was rolled back");
    const scope = await cp.access.fleet(admin, "audit.read");
    const actions = (await cp.audit.list(scope, { limit: 10 })).items.map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(["rollout.begin", "rollout.pause", "rollout.resume", "rollout.rollback", "revision.rollback"]));
  });

  it("names what it does not know, and needs something that nodes can keep", async () => {
    const unknown = await refusalOf(publish({ groups: ["nowhere"], stages: [{ percent: 10, groups: ["nowhere"] }, { nodes: ["nobody"] }] }));
    expect(unknown.issues.map(({ path }) => path)).toEqual(["rollout.groups.0", "rollout.stages.0.groups.0", "rollout.stages.1.nodes.0"]);
    const empty = await startTestFleet();
    try {
      await makeTenant(empty.cp, "acme");
      expect((await refusalOf(empty.cp.draft.publish(admin, { comment: "First", base: null, rollout: { stages: [{ percent: 10 }] } }))).code).toBe(
        "precondition",
      );
    } finally {
      await empty.close();
    }
  });
});
