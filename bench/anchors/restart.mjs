import { readFileSync } from "node:fs";
import { startControlPlane } from "../lib/control-plane.mjs";
import { makeDataFolder, startNode } from "../lib/gateway.mjs";
import { cpuSeconds, machineSeconds } from "../lib/pinned-process.mjs";
import { fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { median, rounded, spread } from "../lib/statistics.mjs";

const READY_MS = 1_000;

/** Largest resident set of a process so far, MiB; NaN where there is no /proc. @param {number | undefined} pid */
const peakMiB = (pid) => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
};

/**
 * The second half of P12: a node of so many tenants, killed and started again while its control plane is away. From the start of the process
 * until it listens and is ready. The first start, which compiles nothing that was cached, does not count.
 */
export async function p12() {
  const { tenants, rounds } = settings;
  say(`  a node with ${tenants} tenants, started ${rounds + 1} times`);
  const plane = await startControlPlane();
  const folder = makeDataFolder();
  const sections = Array.from({ length: tenants }, (_, index) =>
    tenantOf({ slug: `t-${index}`, upstream: "http://127.0.0.1:9", issuer: `http://127.0.0.1:9/t-${index}` }),
  );
  const first = await startNode(plane, folder.path);
  await plane.publish([fleet, ...sections]);
  await first.end();
  await plane.close();
  const starts = [];
  const cpu = [];
  const others = [];
  let peak = 0;
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const before = machineSeconds();
      const node = await startNode(plane, folder.path);
      const after = machineSeconds();
      const used = cpuSeconds(node.pid) * 1_000;
      const seconds = node.startMs / 1_000;
      say(`  ${Math.round(node.startMs)} ms, ${Math.round(used)} ms of CPU time`);
      if (!node.ready) throw new Error("P12: the node was not ready when it listened: it did not take what is on disk");
      if (round > 0) {
        starts.push(node.startMs);
        cpu.push(used);
        others.push(Math.max(0, (after.busy - before.busy - seconds) / seconds));
        peak = Math.max(peak, peakMiB(node.pid));
      }
      await node.end();
    }
  } finally {
    folder.remove();
  }
  const ms = median(starts);
  const figures = {
    tenants,
    readyMs: spread(starts),
    cpuMs: spread(cpu),
    peakMiB: rounded(peak),
    othersCpu: rounded(median(others)),
    rounds: starts.length,
  };
  return [{ id: "P12", against: "1,000 ms", ratio: rounded(ms / READY_MS, 3), goal: 1, ok: ms <= READY_MS, figures }];
}
