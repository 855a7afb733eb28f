import { endAtRandom } from "../lib/crash/moments.mjs";
import { endBesideOf, endNodesAt, endPlaneAt, POINTS, passerOf, VICTIMS } from "../lib/crash/points.mjs";
import { publishInParallel } from "../lib/crash/publishers.mjs";
import { startCrashStack } from "../lib/crash/stack.mjs";
import { createRandom } from "../lib/fuzz/random.mjs";
import { say, settings } from "../lib/settings.mjs";
import { rounded } from "../lib/statistics.mjs";

const MAX_SHOWN = 20;
const PUBLISHERS = 50;
const LOAD_CONNECTIONS = 8;

/**
 * S3: control plane, database and nodes are killed at every failpoint and at moments of chance, and revisions are published under load. What
 * was acknowledged stays, numbers have no gaps, nodes run one revision or the next, nothing is decided by two. `BENCH_SEED` repeats the moments.
 * The ratio is the share of cases without a fault.
 */
export async function s3() {
  /** @type {string[]} */
  const faults = [];
  const fault = (/** @type {string} */ what) => {
    faults.push(what);
    if (faults.length <= MAX_SHOWN) say(`  FAULT ${what}`);
  };
  const parts = [await killed(fault, faults), await published(fault)];
  const cases = parts.reduce((sum, { cases: each }) => sum + each, 0);
  const figures = Object.assign({ seed: settings.seed }, ...parts.map((part) => part.figures), { faults: faults.length });
  return [
    {
      id: "S3",
      against: "old or new, acknowledged, without gaps",
      ratio: rounded(1 - Math.min(cases, faults.length) / cases, 4),
      goal: 1,
      ok: faults.length === 0,
      figures,
    },
  ];
}

/** @param {(what: string) => void} fault @param {readonly string[]} faults */
async function killed(fault, faults) {
  const stack = await startCrashStack({ fault, pauseMs: 10 });
  let cases = 0;
  /** @param {string} name @param {() => Promise<unknown>} run */
  const held = async (name, run) => {
    cases += 1;
    const before = faults.length;
    try {
      await run();
    } catch (error) {
      fault(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      await stack.restore();
    }
    if (faults.length > before) say(`  in ${name}`);
  };
  for (const point of POINTS) {
    for (const victim of VICTIMS) {
      await held(`${victim} at ${point}`, () => {
        if (victim !== passerOf(point)) return endBesideOf(stack, { point, victim });
        return victim === "node" ? endNodesAt(stack, [point]) : endPlaneAt(stack, point);
      });
    }
  }
  say(`  ${POINTS.length} failpoints, ${VICTIMS.length} victims at each: ${faults.length} faults`);
  const random = createRandom(settings.seed);
  /** @type {Record<string, number>} */
  const moments = {};
  for (let moment = 1; moment <= settings.crashMoments; moment += 1) {
    await held(`moment ${moment}`, async () => {
      const name = await endAtRandom(stack, random);
      moments[name] = (moments[name] ?? 0) + 1;
    });
    if (moment % 50 === 0) say(`  ${moment} moments: ${faults.length} faults`);
  }
  let publishers = {};
  await held(`${PUBLISHERS} publishers`, async () => {
    publishers = await publishInParallel(stack, { count: PUBLISHERS, fault });
  });
  const { revisions, acknowledged } = await stack.verifier.counts();
  const requests = await stack.close();
  return { cases, figures: { points: POINTS.length, victims: VICTIMS.length, moments, publishers, revisions, acknowledged, requests } };
}

/** Under load at both nodes, each revision applied by both before the next. @param {(what: string) => void} fault */
async function published(fault) {
  const stack = await startCrashStack({ fault, connections: LOAD_CONNECTIONS, pauseMs: 0 });
  const began = performance.now();
  for (let count = 1; count <= settings.crashPublishes; count += 1) {
    await stack.publish(await stack.declare());
    await stack.verifier.converged();
    if (count % 250 === 0) say(`  ${count} publishes under load`);
  }
  const seconds = (performance.now() - began) / 1_000;
  await stack.verifier.verify();
  const { answered, failed, mixed } = await stack.close();
  const underLoad = { publishes: settings.crashPublishes, seconds: rounded(seconds, 0), requests: answered, failed, mixed };
  return { cases: settings.crashPublishes, figures: { underLoad } };
}
