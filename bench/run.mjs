// npm run bench -- P1 P5: measures anchors side by side in one run; docs/performance.md says what and how.
import { missingGateway } from "./lib/gateway.mjs";
import { stopAll, unpinned } from "./lib/pinned-process.mjs";
import { say, settings } from "./lib/settings.mjs";

/** An anchor of two parts. @param {((load: import("./lib/rounds.mjs").Load) => Promise<{ ok: boolean }[]>)[]} parts */
const inTurn =
  (...parts) =>
  async (/** @type {import("./lib/rounds.mjs").Load} */ load) => {
    const lines = [];
    for (const part of parts) lines.push(...(await part(load)));
    return lines;
  };

const ANCHORS = {
  P1: async () => (await import("./anchors/warm.mjs")).p1,
  P2: async () => (await import("./anchors/warm.mjs")).p2,
  P3: async () => (await import("./anchors/warm.mjs")).p3,
  P4: async () => (await import("./anchors/cold.mjs")).p4,
  P5: async () => (await import("./anchors/warm.mjs")).p5,
  P6: async () => (await import("./anchors/tenants.mjs")).p6,
  P8: async () => inTurn((await import("./anchors/undisturbed.mjs")).p8Publishing, (await import("./anchors/full-load.mjs")).p8),
  P9: async () => (await import("./anchors/fleet.mjs")).p9,
  P10: async () => (await import("./anchors/idle-polls.mjs")).p10,
  P11: async () => (await import("./anchors/fleet.mjs")).p11,
  P12: async () => inTurn((await import("./anchors/undisturbed.mjs")).p12Away, (await import("./anchors/restart.mjs")).p12),
  P13: async () => (await import("./anchors/limits.mjs")).p13,
  P16: async () => (await import("./anchors/forged.mjs")).p16,
  P17: async () => (await import("./anchors/memory.mjs")).p17,
  S1: async () => (await import("./anchors/hostile.mjs")).s1,
  S2: async () => (await import("./anchors/fuzz.mjs")).s2,
  S3: async () => (await import("./anchors/crash.mjs")).s3,
  P18: async () => (await import("./anchors/same-answers.mjs")).p18,
};

const names = process.argv.slice(2).map((name) => name.toUpperCase());
const unknown = names.filter((name) => !(name in ANCHORS));
const lacks = missingGateway();
if (names.length === 0 || unknown.length > 0 || lacks !== null) {
  say(unknown.length > 0 ? `Not measured by this command: ${unknown.join(", ")}.` : (lacks ?? "Name what to measure."));
  say(`npm run bench -- ${Object.keys(ANCHORS).join(" ")}`);
  process.exit(2);
}

const end = async (/** @type {number} */ code) => {
  await stopAll();
  process.exit(code);
};
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void end(130));

if (unpinned !== null) say(unpinned);
say(`Node ${process.version}, ${settings.rounds} rounds of ${settings.seconds} s after as long a warm-up, ${settings.connections} connections`);
let failed = false;
try {
  const { startLoad } = await import("./lib/rounds.mjs");
  const lines = [];
  for (const name of names) {
    say(name);
    const anchor = await ANCHORS[/** @type {keyof typeof ANCHORS} */ (name)]();
    const load = await startLoad();
    try {
      lines.push(...(await anchor(load)));
    } finally {
      await load.close();
      await stopAll();
    }
  }
  for (const line of lines) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
    failed ||= !line.ok;
  }
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  failed = true;
}
await end(failed ? 1 : 0);
