import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignStages } from "./assign-stages.js";
import { type Decisions, type Facts, nextStep, riseOfRefusals, type StageNode } from "./judge.js";
import { rolloutPlan, wholePlan } from "./rollout-plan.schemas.js";

const NOW = 1_800_000_000_000;
const decisions = fc.nat(2_000).chain((total) => fc.record({ total: fc.constant(total), refused: fc.nat(total) }));
const measured = fc.record({ after: decisions, before: decisions, others: decisions });
const node = (more: Partial<StageNode> = {}): StageNode => ({
  ...{ name: "edge-1", wasConnected: true, connected: true, hasNewContent: true, refusal: null },
  ...more,
});
const none: Decisions = { total: 0, refused: 0 };
const plan = wholePlan(
  rolloutPlan.parse({
    stages: [
      { percent: 10, soakSeconds: 60 },
      { percent: 50, promote: "manual", soakSeconds: 0 },
    ],
  }),
);
const facts = (more: Partial<Facts> = {}): Facts => ({
  ...{
    plan,
    stage: 0,
    soakFrom: null,
    suspectSince: null,
    isPaused: false,
    nodes: [node()],
    measured: { after: none, before: none, others: none },
    now: NOW,
  },
  ...more,
});

describe("a plan", () => {
  it("ends with everybody, whatever was asked for", () => {
    expect(plan.stages.map(({ percent }) => percent)).toEqual([10, 50, 100]);
    expect(wholePlan(rolloutPlan.parse({ stages: [{ percent: 100 }] })).stages).toHaveLength(1);
  });

  it.each([
    [{ stages: [] }],
    [{ stages: [{ percent: 50 }, { percent: 50 }] }],
    [{ stages: [{ percent: 10, nodes: ["edge-1"] }] }],
    [{ stages: [{}] }],
    [{ stages: [{ percent: 0 }] }],
    [{ stages: [{ percent: 10 }], halt: { refusalRise: 0 } }],
    [{ stages: [{ percent: 10 }], unknown: true }],
    [{ stages: [{ nodes: ["edge-1"], groups: ["eu"] }] }],
    [{ stages: [{ percent: 10, groups: [] }] }],
    // Nothing is left of eu after its first stage, and 30 % of it are reached by 50 % of all.
    [
      {
        stages: [
          { percent: 100, groups: ["eu"] },
          { percent: 50, groups: ["eu"] },
        ],
      },
    ],
    [{ stages: [{ percent: 50 }, { percent: 30, groups: ["eu"] }] }],
    [{ stages: [{ percent: 30, groups: ["eu"] }, { percent: 60 }, { percent: 60, groups: ["eu"] }] }],
    [{ groups: ["eu"], stages: [{ percent: 30, groups: ["us"] }] }],
  ])("is refused when it says too little or too much: %j", (raw) => {
    expect(rolloutPlan.safeParse(raw).success).toBe(false);
  });
});

describe("stages", () => {
  it("reach every node of every group in the end, each percentage rounded up, named nodes where they are named", () => {
    const nodes = fc.array(fc.record({ id: fc.uuid(), group: fc.constantFrom("a", "b"), connected: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(
        nodes,
        fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 }),
        fc.nat(1_000),
        (rows, percents, revision) => {
          const all = rows.map((row, index) => ({ ...row, id: `${index}-${row.id}`, name: `n${index}` }));
          const rising = [...percents].sort((a, b) => a - b);
          const named = all[0] === undefined ? [] : [{ nodes: [all[0].name] }];
          const asked = wholePlan(rolloutPlan.parse({ stages: [...named, ...rising.map((percent) => ({ percent }))] }));
          const stages = assignStages(asked, all, revision);
          expect(stages.size).toBe(all.length);
          if (all[0] !== undefined) expect(stages.get(all[0].id)).toBe(0);
          for (const [index, { percent }] of asked.stages.entries()) {
            if (percent === undefined) continue;
            for (const group of ["a", "b"]) {
              const members = all.filter((each) => each.group === group);
              const reached = members.filter(({ id }) => (stages.get(id) ?? 99) <= index).length;
              const preset = members.some(({ id }) => id === all[0]?.id) ? 1 : 0;
              expect(reached).toBe(Math.max(preset, Math.ceil((members.length * percent) / 100)));
            }
          }
        },
      ),
    );
  });
});

describe("stages of some groups", () => {
  it("are other ones for each group, one after the other, and end with everybody", () => {
    const eu = Array.from({ length: 4 }, (_, index) => ({ id: `eu-${index}`, name: `eu-${index}`, group: "eu", connected: true }));
    const us = Array.from({ length: 10 }, (_, index) => ({ id: `us-${index}`, name: `us-${index}`, group: "us", connected: true }));
    const ap = [{ id: "ap-0", name: "ap-0", group: "ap", connected: true }];
    const asked = wholePlan(
      rolloutPlan.parse({
        stages: [
          { percent: 100, groups: ["eu"], soakSeconds: 0 },
          { percent: 10, groups: ["us"] },
          { percent: 50, groups: ["us", "ap"] },
        ],
      }),
    );
    const stages = [...assignStages(asked, [...eu, ...us, ...ap], 7)];
    const counts = (group: string) => [0, 1, 2, 3].map((stage) => stages.filter(([id, at]) => id.startsWith(group) && at === stage).length);
    expect(counts("eu")).toEqual([4, 0, 0, 0]);
    expect(counts("us")).toEqual([0, 1, 4, 5]);
    expect(counts("ap")).toEqual([0, 0, 1, 0]);
  });

  it("may be followed by more of all groups, and are the last ones for none", () => {
    const asked = rolloutPlan.parse({ stages: [{ percent: 30, groups: ["eu"] }, { percent: 20 }, { percent: 100, groups: ["eu"] }] });
    expect(wholePlan(asked).stages.at(-1)).toEqual({ percent: 100, soakSeconds: 0, promote: "automatic" });
    const eu = Array.from({ length: 10 }, (_, index) => ({ id: `${index}`, name: `n${index}`, group: "eu", connected: true }));
    expect([...assignStages(wholePlan(asked), eu, 1).values()].sort()).toEqual([0, 0, 0, 2, 2, 2, 2, 2, 2, 2]);
  });
});

describe("the judge", () => {
  it("never calls it a rise when as much was refused before, or is refused at nodes with the old content", () => {
    fc.assert(
      fc.property(measured, fc.integer({ min: 1, max: 500 }), (each, minRequests) => {
        const rise = riseOfRefusals(each, minRequests);
        const share = ({ total, refused }: Decisions) => (100 * refused) / total;
        const references = [each.before, each.others].filter(({ total }) => total >= minRequests);
        if (each.after.total < minRequests || references.length === 0) {
          expect(rise).toBeNull();
          return;
        }
        for (const reference of references) expect(rise ?? 0).toBeLessThanOrEqual(share(each.after) - share(reference) + 1e-9);
        expect(references.map((reference) => share(each.after) - share(reference))).toContain(rise);
      }),
    );
  });

  it("opens no further stage while a node refuses, whatever else is known", () => {
    const any = fc.record({ stage: fc.nat(2), isPaused: fc.boolean(), soakMs: fc.option(fc.nat(1_000_000)), measured });
    fc.assert(
      fc.property(any, ({ soakMs, ...more }) => {
        const soakFrom = soakMs === null ? null : new Date(NOW - soakMs);
        const refusal = [{ code: "compile_failed" as const, path: "tenants/acme", message: "no" }];
        expect(nextStep(facts({ ...more, soakFrom, nodes: [node(), node({ name: "edge-2", refusal })] }))).toMatchObject({
          kind: "halt",
          halt: { kind: "nack", node: "edge-2" },
        });
      }),
    );
  });

  it("halts for a rise that lasts longer than nodes take to tell, and forgets one that does not", () => {
    const harmed = { after: { total: 1_000, refused: 900 }, before: { total: 1_000, refused: 10 }, others: none };
    const since = (ms: number) => ({ measured: harmed, suspectSince: new Date(NOW - ms) });
    expect(nextStep(facts({ measured: harmed }))).toEqual({ kind: "suspect", since: new Date(NOW) });
    expect(nextStep(facts(since(5_999)))).toEqual({ kind: "wait", for: "judgement" });
    expect(nextStep(facts(since(6_000)))).toMatchObject({ kind: "halt", halt: { kind: "refusals", rise: 89, allowed: 5 } });
    expect(nextStep(facts({ suspectSince: new Date(NOW - 1_000) }))).toEqual({ kind: "suspect", since: null });
    // What is paused is judged as well; a stage is never opened while it is under suspicion.
    expect(nextStep(facts({ ...since(6_000), isPaused: true }))).toMatchObject({ kind: "halt" });
    expect(nextStep(facts({ ...since(10), soakFrom: new Date(NOW - 60_000) }))).toEqual({ kind: "wait", for: "judgement" });
  });

  it("waits for the nodes that were there, for the time, and for somebody where the plan says so", () => {
    const soaked = new Date(NOW - 60_000);
    expect(nextStep(facts({ nodes: [node({ hasNewContent: false })] }))).toEqual({ kind: "wait", for: "nodes" });
    expect(nextStep(facts({ nodes: [node({ wasConnected: false, connected: false })] }))).toEqual({ kind: "wait", for: "nodes" });
    expect(nextStep(facts())).toEqual({ kind: "soak", from: new Date(NOW) });
    expect(nextStep(facts({ soakFrom: new Date(NOW - 59_000) }))).toEqual({ kind: "wait", for: "soak" });
    expect(nextStep(facts({ soakFrom: soaked }))).toEqual({ kind: "open", stage: 1 });
    expect(nextStep(facts({ soakFrom: soaked, isPaused: true }))).toEqual({ kind: "wait", for: "resume" });
    expect(nextStep(facts({ soakFrom: soaked, stage: 1 }))).toEqual({ kind: "wait", for: "promotion" });
    expect(nextStep(facts({ soakFrom: soaked, stage: 2 }))).toEqual({ kind: "complete" });
    // One that went silent on the new content: its time counts anew once it is heard again.
    expect(nextStep(facts({ soakFrom: soaked, nodes: [node({ connected: false })] }))).toEqual({ kind: "soak", from: null });
  });
});
