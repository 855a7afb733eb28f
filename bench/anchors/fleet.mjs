import { missingConsole, startConsole } from "../lib/console.mjs";
import { startSimulatedFleet } from "../lib/fleet/fleet-simulator.mjs";
import { cpuSeconds, machineSeconds, pinSelf } from "../lib/pinned-process.mjs";
import { requireInstalled, say, settings } from "../lib/settings.mjs";
import { median, percentile, rounded, spread } from "../lib/statistics.mjs";

const POLL_MS = 5_000;
const ALL_MS = 60_000;
const GOALS = { p50Ms: 150, p99Ms: 500, restartMs: 5_000 };

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const since = (/** @type {bigint} */ from) => (/** @type {bigint} */ at) => Number(at - from) / 1e6;

/** A control plane with tenants, and nodes that run a first revision, beat every five seconds and wait in long polls. */
async function startFleet() {
  requireInstalled(missingConsole());
  const { tenants, nodes } = settings;
  const plane = await startConsole();
  try {
    say(`  declaring ${tenants} tenants`);
    let revision = 0;
    // In parts: each transaction has its time.
    for (let from = 0; from < tenants; from += 1_000) {
      await plane.declare({ from, to: Math.min(from + 1_000, tenants) });
      revision = (await plane.publish()).revision;
    }
    await plane.start();
    pinSelf();
    say(`  enrolling ${nodes} nodes`);
    const fleet = await startSimulatedFleet(plane, nodes);
    await fleet.beat();
    await fleet.poll(null, 5_000);
    await fleet.appliedBy(revision, ALL_MS * 3);
    return { plane, fleet };
  } catch (error) {
    await plane.close();
    throw error;
  }
}

/**
 * Publishes a change to one tenant, and waits until all have it.
 * @param {Awaited<ReturnType<typeof startFleet>>} running
 * @param {string} plan what the change says
 */
async function publishToAll({ plane, fleet }, plan) {
  await plane.declare({ from: 0, to: 1, plan });
  const before = { at: performance.now(), cpu: cpuSeconds(plane.pid), machine: machineSeconds(), state: await fleet.state() };
  const { revision, committedAt } = await plane.publish();
  const published = performance.now();
  const ms = (await fleet.appliedBy(revision, ALL_MS)).map(since(committedAt));
  // The reports of a thousand nodes are part of the work.
  await pause(2_000);
  const state = await fleet.state();
  const seconds = (performance.now() - published) / 1_000;
  const cpu = cpuSeconds(plane.pid) - before.cpu;
  const { targets, applied } = await plane.revision(revision);
  return {
    ms,
    cpu,
    fleetCpu: state.cpuSeconds - before.state.cpuSeconds,
    bytes: (state.bytes - before.state.bytes) / Math.max(1, state.updates - before.state.updates),
    full: state.full - before.state.full,
    failed: state.failed - before.state.failed,
    targets,
    applied,
    seconds,
  };
}

/** P9: from the commit of a revision until every node has applied it; against the same nodes, asking every five seconds. */
export async function p9() {
  const running = await startFleet();
  const { plane, fleet } = running;
  /** @type {Record<"waiting" | "asking", Awaited<ReturnType<typeof publishToAll>>[]>} */
  const rounds = { waiting: [], asking: [] };
  try {
    for (const mode of /** @type {const} */ (["waiting", "asking"])) {
      if (mode === "asking") {
        await fleet.stopPolls();
        await fleet.poll(POLL_MS, POLL_MS);
      }
      for (let round = 0; round <= settings.rounds; round += 1) {
        await pause(2_000);
        const taken = await publishToAll(running, `${mode}-${round}`);
        const { ms, cpu, fleetCpu, bytes, targets, applied } = taken;
        say(
          `  ${mode.padEnd(8)} p50 ${rounded(median(ms), 0)}, p99 ${rounded(percentile(ms, 0.99), 0)}, all ${rounded(Math.max(...ms), 0)} ms; ` +
            `CPU ${rounded(cpu)} s, nodes' ${rounded(fleetCpu)} s; ${Math.round(bytes)} bytes each; ${applied} of ${targets} acknowledged`,
        );
        if (round > 0) rounds[mode].push(taken);
      }
    }
  } finally {
    await fleet.close();
    await plane.close();
  }
  const all = (/** @type {"waiting" | "asking"} */ mode) => rounds[mode].flatMap(({ ms }) => ms);
  const figuresOf = (/** @type {"waiting" | "asking"} */ mode) => ({
    p50Ms: rounded(median(all(mode)), 1),
    p99Ms: rounded(percentile(all(mode), 0.99), 1),
    allMs: spread(rounds[mode].map(({ ms }) => Math.max(...ms))),
    cpuMs: spread(rounds[mode].map(({ cpu }) => cpu * 1_000)),
    bytesEach: rounded(median(rounds[mode].map(({ bytes }) => bytes)), 0),
    full: rounds[mode].reduce((sum, { full }) => sum + full, 0),
    failed: rounds[mode].reduce((sum, { failed }) => sum + failed, 0),
    rounds: rounds[mode].length,
  });
  const waiting = { p50: median(all("waiting")), p99: percentile(all("waiting"), 0.99) };
  const ratio = waiting.p50 / median(all("asking"));
  const ok = waiting.p50 <= GOALS.p50Ms && waiting.p99 <= GOALS.p99Ms && ratio <= 0.1;
  const figures = { nodes: settings.nodes, tenants: settings.tenants, waiting: figuresOf("waiting"), asking: figuresOf("asking") };
  return [{ id: "P9", against: "the same nodes asking every 5 s", ratio: rounded(ratio, 3), goal: 0.1, ok, figures }];
}

/**
 * P11: the control plane dies and starts again under its nodes, while another replica publishes. From the moment that it answers until every node
 * runs what is live; and nobody who was current is sent everything.
 */
export async function p11() {
  const { plane, fleet } = await startFleet();
  /** @type {number[]} */
  const current = [];
  /** @type {number[]} */
  const away = [];
  const before = await fleet.state();
  try {
    for (let round = 0; round <= settings.rounds; round += 1) {
      await pause(3_000);
      const killed = process.hrtime.bigint();
      await plane.kill();
      await plane.declare({ from: 0, to: 1, plan: `restart-${round}` });
      const { revision } = await plane.publish();
      await plane.start();
      const answers = process.hrtime.bigint();
      const ms = (await fleet.appliedBy(revision, ALL_MS)).map(since(answers));
      say(
        `  away ${rounded(Number(answers - killed) / 1e6, 0)} ms, half current after ${rounded(median(ms), 0)}, all after ${rounded(Math.max(...ms), 0)} ms`,
      );
      if (round === 0) continue;
      current.push(Math.max(...ms));
      away.push(Number(answers - killed) / 1e6);
    }
    const after = await fleet.state();
    const ms = median(current);
    const full = after.full - before.full;
    const figures = {
      ...{ nodes: settings.nodes, tenants: settings.tenants },
      allCurrentMs: spread(current),
      awayMs: spread(away),
      fullSnapshots: full,
      rounds: current.length,
    };
    const ok = Math.max(...current) <= GOALS.restartMs && full === 0;
    return [{ id: "P11", against: "5,000 ms", ratio: rounded(ms / GOALS.restartMs, 3), goal: 1, ok, figures }];
  } finally {
    await fleet.close();
    await plane.close();
  }
}
