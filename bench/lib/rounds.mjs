import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSeconds, LOAD_CPU, machineSeconds, messageOf, pinSelf, startPinned } from "./pinned-process.mjs";
import { MAX_LOAD_CPU, say, settings } from "./settings.mjs";
import { percentile } from "./statistics.mjs";

/**
 * @typedef {{ name: string, port: number, pid: number | undefined, set: string, once?: boolean, timed?: boolean, refused?: string, answer?: string, before?: () => Promise<void> }} Target
 * What is measured: where it listens, which requests it gets, which status besides 200 belongs to it, which one it answers instead
 * of 200, and what happens before each of its rounds.
 * @typedef {{ rps: number, p99Ms: number, cpu: number, rpsPerCpu: number, loadCpu: number, othersCpu: number, stolenCpu: number }} Sample
 * @typedef {{ samples: Sample[], discarded: number }} Series
 */

/** Load generator and upstream, both on the CPU that is not measured. */
export async function startLoad() {
  const script = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
  const upstream = startPinned({ cpu: LOAD_CPU, args: [script("upstream-process.mjs")] });
  const { port } = await messageOf(upstream);
  const generator = startPinned({ cpu: LOAD_CPU, args: [script("load-process.mjs")] });
  await messageOf(generator);
  const folder = mkdtempSync(path.join(tmpdir(), "sallyport-bench-"));

  return {
    upstreamUrl: `http://127.0.0.1:${port}`,
    /** Hands over the bytes of requests under a name. @param {string} set @param {readonly string[]} requests */
    async prepare(set, requests) {
      const file = path.join(folder, set);
      writeFileSync(file, requests.join(""), "latin1");
      generator.send({ kind: "prepare", set, file, lengths: requests.map((request) => request.length) });
      await messageOf(generator);
    },
    /**
     * One stretch of load.
     * @param {Target} target
     * @param {number} seconds
     * @returns {Promise<Sample>}
     * @throws when an answer is anything but 200, or what is to be refused: a gateway that refuses is fast
     */
    async run({ name, port: targetPort, pid, set, once = false, timed = false, refused, answer = "200" }, seconds) {
      const before = { at: performance.now(), target: cpuSeconds(pid), upstream: cpuSeconds(upstream.pid), machine: machineSeconds() };
      generator.send({ kind: "run", set, port: targetPort, connections: settings.connections, seconds, once, timed });
      const result = await messageOf(generator, (seconds + 30) * 1_000);
      if (result.kind === "failed") throw new Error(`${name}: ${result.reason}`);
      const wanted = refused === undefined ? answer : `${answer},${refused}`;
      if (Object.keys(result.statuses).sort().join() !== wanted)
        throw new Error(`${name} answered ${JSON.stringify(result.statuses)}, not ${wanted}`);
      const elapsed = (performance.now() - before.at) / 1_000;
      const cpu = (cpuSeconds(pid) - before.target) / elapsed;
      const loadCpu = (result.cpuSeconds + cpuSeconds(upstream.pid) - before.upstream) / elapsed;
      const machine = machineSeconds();
      const othersCpu = (machine.busy - before.machine.busy) / elapsed - cpu - loadCpu;
      const stolenCpu = (machine.stolen - before.machine.stolen) / elapsed;
      const passed = result.statuses[answer];
      const rps = passed / result.seconds;
      const p99Ms = percentile(result.took, 0.99);
      return { rps, p99Ms, cpu, rpsPerCpu: passed / (cpu * elapsed), loadCpu, othersCpu, stolenCpu };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @typedef {Awaited<ReturnType<typeof startLoad>>} Load */

/**
 * Warms every target up, then measures them in turn, round after round, until each has enough rounds that count.
 * @param {Load} load
 * @param {readonly Target[]} targets
 * @returns {Promise<Map<string, Series>>}
 */
export async function measureInTurn(load, targets) {
  pinSelf();
  /** @type {Map<string, Series>} */
  const series = new Map(targets.map(({ name }) => [name, { samples: [], discarded: 0 }]));
  for (const target of targets) {
    await target.before?.();
    const { rps } = await load.run(target, settings.seconds);
    say(`  warm-up      ${target.name.padEnd(28)} ${Math.round(rps)} req/s`);
  }
  const enough = () => [...series.values()].every(({ samples }) => samples.length >= settings.rounds);
  for (let round = 1; round <= settings.rounds * 2 && !enough(); round++) {
    for (const target of targets) {
      const taken = series.get(target.name);
      if (taken === undefined) continue;
      await target.before?.();
      const sample = await load.run(target, settings.seconds);
      // NaN, where CPU time cannot be read, counts: nothing says that the load was the brake.
      const discarded = sample.loadCpu > MAX_LOAD_CPU;
      if (discarded) taken.discarded += 1;
      else taken.samples.push(sample);
      const cpus = `cpu ${percent(sample.cpu)}, load ${percent(sample.loadCpu)}, others ${percent(sample.othersCpu)}, stolen ${percent(sample.stolenCpu)}`;
      say(`  round ${String(round).padEnd(6)} ${target.name.padEnd(28)} ${Math.round(sample.rps)} req/s, ${cpus}${discarded ? ", discarded" : ""}`);
    }
  }
  return series;
}

const percent = (/** @type {number} */ share) => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : "unknown");
