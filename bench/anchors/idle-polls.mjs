import { fileURLToPath } from "node:url";
import { missingConsole, startConsole } from "../lib/console.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { startSimulatedFleet } from "../lib/fleet/fleet-simulator.mjs";
import { MEASURED_CPU, messageOf, startPinned } from "../lib/pinned-process.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireInstalled, say, settings } from "../lib/settings.mjs";
import { median } from "../lib/statistics.mjs";

const LEAST_RPS = 5_000;
const TENANTS = 100;
const BARE = fileURLToPath(new URL("../peers/not-modified.mjs", import.meta.url));

/**
 * P10: polls of nodes that are current and do not wait, each with its node's token and everything that a node states, against a server that reads the
 * same bytes and answers 304. Tokens are signed anew before each round, and used as often as a node uses one: until it nears its end.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p10(load) {
  requireInstalled(missingConsole());
  const plane = await startConsole();
  try {
    await plane.declare({ from: 0, to: TENANTS });
    const { revision } = await plane.publish();
    await plane.start();
    say(`  enrolling ${settings.nodes} nodes`);
    const fleet = await startSimulatedFleet(plane, settings.nodes);
    await fleet.poll(null, 2_000);
    await fleet.appliedBy(revision, 60_000);
    // Their reports are in once they wait again.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await fleet.stopPolls();
    const bare = startPinned({ cpu: MEASURED_CPU, args: [BARE] });
    const { port } = await messageOf(bare);
    const before = async () => load.prepare("polls", await fleet.idlePolls());
    const ours = { name: "sallyport", port: plane.port, pid: plane.pid, set: "polls", before };
    const theirs = { name: "node:http 304", port, pid: bare.pid, set: "polls", before, answer: "304" };
    const series = await measureInTurn(load, [ours, theirs]);
    await fleet.close();
    const line = ratioLine({ id: "P10", goal: 0.6, measured: ours.name, against: theirs.name, more: { nodes: settings.nodes } }, series);
    const rps = median(series.get(ours.name)?.samples.map((sample) => sample.rps) ?? []);
    return [{ ...line, ok: line.ok && rps >= LEAST_RPS }];
  } finally {
    await plane.close();
  }
}
