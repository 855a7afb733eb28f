import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { fleetSection } from "@sallyport/snapshot";
import { startGateway } from "../lib/gateway.mjs";
import { cpuSeconds, machineSeconds, pinSelf } from "../lib/pinned-process.mjs";
import { fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { median, rounded, spread } from "../lib/statistics.mjs";

const PAUSE_MS = 20;

/** Keeps a connection busy from a thread of its own. @param {number} port */
function startPinging(port) {
  const thread = new Worker(new URL("../lib/ping-thread.mjs", import.meta.url), { workerData: port });
  return {
    /** Longest wait for an answer since the last call, ms. @returns {Promise<number>} */
    async takeLongest() {
      thread.postMessage("longest");
      return (await once(thread, "message"))[0];
    },
    close: () => thread.terminate(),
  };
}

/**
 * The last part of P8: revisions that bring everything anew, sections, settings and all, to a node that serves. The pause is the longest wait
 * of a request that needs no upstream, from the publishing to the report that the revision is applied.
 */
export async function p8() {
  const { tenants, rounds } = settings;
  say(`  ${rounds + 1} full loads of ${tenants} tenants under requests`);
  const sections = Array.from({ length: tenants }, (_, index) =>
    tenantOf({ slug: `t-${index}`, upstream: "http://127.0.0.1:9", issuer: `http://127.0.0.1:9/t-${index}` }),
  );
  const gateway = await startGateway([fleet, ...sections]);
  pinSelf();
  const pings = startPinging(gateway.port);
  const pauses = [];
  const quiet = [];
  const cpu = [];
  const others = [];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await pings.takeLongest();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const calm = await pings.takeLongest();
      const before = { at: performance.now(), cpu: cpuSeconds(gateway.pid), machine: machineSeconds() };
      const changed = fleetSection.parse({ ...fleet, settings: { ...fleet.settings, tenantHeader: `X-Tenant-${round}` } });
      // Signing and serialising take the load's CPU: only from the sending on do waits count.
      await gateway.publish([changed, ...sections], () => pings.takeLongest());
      const pause = await pings.takeLongest();
      const seconds = (performance.now() - before.at) / 1_000;
      const used = cpuSeconds(gateway.pid) - before.cpu;
      say(`  longest wait ${rounded(pause)} ms, ${rounded(calm)} ms in calm`);
      if (round === 0) continue;
      pauses.push(pause);
      quiet.push(calm);
      cpu.push(used * 1_000);
      others.push(Math.max(0, (machineSeconds().busy - before.machine.busy) / seconds - used / seconds));
    }
  } finally {
    await pings.close();
    await gateway.close();
  }
  const ms = median(pauses);
  const figures = {
    tenants,
    pauseMs: spread(pauses, 1),
    calmMs: spread(quiet, 1),
    cpuMs: spread(cpu),
    othersCpu: rounded(median(others)),
    rounds: pauses.length,
  };
  return [{ id: "P8", against: "20 ms", ratio: rounded(ms / PAUSE_MS, 3), goal: 1, ok: ms <= PAUSE_MS, figures }];
}
