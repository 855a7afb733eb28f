import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { endAtRandom } from "./lib/crash/moments.mjs";
import { endBesideOf, endNodesAt, endPlaneAt, POINTS, passerOf } from "./lib/crash/points.mjs";
import { publishInParallel } from "./lib/crash/publishers.mjs";
import { startCrashStack } from "./lib/crash/stack.mjs";
import { createRandom } from "./lib/fuzz/random.mjs";
import { settings } from "./lib/settings.mjs";

const MOMENTS = 10;
const PUBLISHERS = 50;
const ofPlanes = POINTS.filter((point) => passerOf(point) === "plane");
const ofNodes = POINTS.filter((point) => passerOf(point) === "node");
/** Two nodes, two points at once; from the end, so that those before a node listens go together. */
const pairs = ofNodes.flatMap((point, index) =>
  (ofNodes.length - index) % 2 === 0 ? [[point, ofNodes[index + 1] ?? point]] : index === 0 ? [[point]] : [],
);

/**
 * Real processes, ended by SIGKILL: PostgreSQL, two replicas of the control plane, two nodes that are asked all the time. Each case goes on where
 * the last one ended. `npm run bench -- S3` does the same for longer, with every victim at every point.
 */
describe("publishing, syncing and applying", () => {
  /** @type {string[]} */
  const faults = [];
  /** @type {import("./lib/crash/stack.mjs").CrashStack} */
  let stack;
  beforeAll(async () => {
    stack = await startCrashStack({ pauseMs: 50, fault: (what) => faults.push(what) });
  });
  afterEach(() => expect(faults.splice(0)).toEqual([]));
  afterAll(() => stack?.close());

  it.each(ofPlanes.filter((_, index) => index % 2 === 0))("outlive a control plane that is killed at %s", async (point) => {
    await endPlaneAt(stack, point);
  });

  it.each(ofPlanes.filter((_, index) => index % 2 === 1))("outlive a database that is killed while a control plane stands at %s", async (point) => {
    await endBesideOf(stack, { point, victim: "database" });
  });

  it.each(pairs.map((points) => ({ points, at: points.join(" and ") })))("outlive nodes that are killed at $at", async ({ points }) => {
    await endNodesAt(stack, points);
  });

  it(`outlive ${MOMENTS} kills at moments of their own (BENCH_SEED=${settings.seed})`, async () => {
    const random = createRandom(settings.seed);
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      const victim = await endAtRandom(stack, random);
      expect(faults, `moment ${moment}: ${victim}`).toEqual([]);
    }
  });

  it(`give ${PUBLISHERS} publishers at once one revision each, without a gap, although a replica is killed in the middle`, async () => {
    const { published, acknowledged } = await publishInParallel(stack, { count: PUBLISHERS, fault: (what) => faults.push(what) });
    expect(published).toBe(PUBLISHERS);
    expect(acknowledged).toBeGreaterThanOrEqual(PUBLISHERS / 3);
  });

  it("have failed no request meanwhile, and decided none by two revisions", () => {
    const { answered, failed, mixed } = stack.watch.counts;
    expect({ failed, mixed }).toEqual({ failed: 0, mixed: 0 });
    expect(answered).toBeGreaterThan(500);
  });
});
