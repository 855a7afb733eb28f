import { startAcme } from "../lib/acme.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireSameWork } from "../lib/same-work.mjs";
import { settings } from "../lib/settings.mjs";
import { median, rounded, spread } from "../lib/statistics.mjs";
import { mintMany, requestBytes } from "../lib/tokens.mjs";

const P99_GOAL = 2;

/**
 * P16: half of the load is forged: good claims and the real `kid` under a signature of other bytes, so that each costs a verification.
 * What is counted is the valid half: its answers a second, and how long they took, against a load without forged ones.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p16(load) {
  const acme = await startAcme(load);
  const { port, pid } = acme.gateway;
  try {
    await requireSameWork({ name: "sallyport", port }, acme.mint, acme.issuer);
    const tokens = await mintMany(acme.mint, { issuer: acme.issuer, from: 0, count: settings.tokens });
    const valid = tokens.map((token) => requestBytes({ host: acme.host, token }));
    const forged = tokens.map((token, index) => {
      const other = tokens[(index + 1) % tokens.length] ?? "";
      return requestBytes({ host: acme.host, token: `${token.slice(0, token.lastIndexOf("."))}${other.slice(other.lastIndexOf("."))}` });
    });
    await load.prepare("valid", valid);
    await load.prepare(
      "half forged",
      valid.flatMap((request, index) => [request, forged[index] ?? ""]),
    );
    const series = await measureInTurn(load, [
      { name: "half forged", port, pid, set: "half forged", timed: true, refused: "401" },
      { name: "none forged", port, pid, set: "valid", timed: true },
    ]);
    const p99 = (/** @type {string} */ name) => (series.get(name)?.samples ?? []).map(({ p99Ms }) => p99Ms);
    const p99Ratio = median(p99("half forged")) / median(p99("none forged"));
    const more = {
      p99Ratio: rounded(p99Ratio, 3),
      p99Goal: P99_GOAL,
      p99Ms: { "half forged": spread(p99("half forged"), 2), "none forged": spread(p99("none forged"), 2) },
    };
    const line = ratioLine({ id: "P16", goal: 0.6, measured: "half forged", against: "none forged", more }, series);
    return [{ ...line, ok: line.ok && p99Ratio <= P99_GOAL }];
  } finally {
    await acme.close();
  }
}
