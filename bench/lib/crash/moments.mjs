import { requireInterrupted } from "./points.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** A publish takes some 50 to 200 ms until all nodes run it. */
const LONGEST_MS = 400;

/**
 * Ends one process, whichever it comes to, at a moment of its own while revision after revision is published, starts it again, and verifies everything.
 * @param {import("./stack.mjs").CrashStack} stack
 * @param {import("../fuzz/random.mjs").Random} random
 * @returns {Promise<string>} what was ended
 */
export async function endAtRandom(stack, random) {
  const victim = random.one([stack.publisher, stack.server, { name: "database", kill: stack.database.kill }, ...stack.nodes]);
  const momentMs = random.below(LONGEST_MS);
  let ended = false;
  const publishing = (async () => {
    while (!ended) await stack.publish(await stack.declare());
  })().catch(requireInterrupted);
  await pause(momentMs);
  await victim.kill();
  ended = true;
  await stack.restore();
  await publishing;
  await stack.verify();
  return victim.name;
}
