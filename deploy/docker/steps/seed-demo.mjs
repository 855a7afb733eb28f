// The demo company: its configuration, then its past, which the nodes report. Does nothing on an installation that is not empty.
import { setTimeout as pause } from "node:timers/promises";
import { bootstrap } from "./bootstrap.mjs";

const PATIENCE_MS = 60_000;

/** Waits until every address answers 2xx. @throws Error that names the one that does not */
async function waitFor(addresses) {
  const end = performance.now() + PATIENCE_MS;
  for (const address of addresses) {
    while (
      !(await fetch(address, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.ok,
        () => false,
      ))
    ) {
      if (performance.now() > end) throw new Error(`${address} is not ready after ${PATIENCE_MS / 1_000} s.`);
      await pause(500);
    }
  }
}

const phase = process.argv[2];
if (phase !== "nodes" && phase !== "history") throw new Error("Say nodes (configuration) or history.");
await waitFor((process.env.WAIT_FOR ?? "").split(",").filter(Boolean));
const { seeded } = bootstrap(phase);
console.log(seeded ? `demo: ${phase} seeded` : "demo: there already");
