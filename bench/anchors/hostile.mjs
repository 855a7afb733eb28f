import { Agent, request } from "node:http";
import { createTokenMint, forkHostileIdp } from "@sallyport/testkit";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { pinSelf } from "../lib/pinned-process.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { median, percentile, rounded, spread } from "../lib/statistics.mjs";
import { claimsOf } from "../lib/tokens.mjs";

/** Requests of the tenant that is watched, and of the one whose provider is hostile, each ms between two of them. */
const WATCHED_EVERY_MS = 4;
const FLOOD_EVERY_MS = 10;
const WARM_UP_MS = 3_000;
const MODES = /** @type {const} */ (["hang", "drip", "huge", "gzip_bomb", "many_keys"]);

/**
 * Sends at fixed times, whatever becomes of earlier requests, so that a stall is not hidden by the requests it holds up.
 * @param {{ port: number, slug: string, tokens: readonly string[], everyMs: number, ms: number }} load
 * @returns {Promise<number[]>} ms from the planned moment to the whole answer
 */
async function openLoop({ port, slug, tokens, everyMs, ms }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** @type {number[]} */
  const took = [];
  /** @type {Promise<void>[]} */
  const answers = [];
  const began = performance.now();
  for (let sent = 0; sent * everyMs < ms; sent += 1) {
    const planned = began + sent * everyMs;
    const early = planned - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const headers = { host: `${slug}.${BASE_DOMAIN}`, authorization: `Bearer ${tokens[sent % tokens.length]}` };
    answers.push(
      new Promise((resolve, reject) => {
        const outgoing = request({ agent, host: "127.0.0.1", port, path: "/orders", headers }, (answer) => {
          answer.resume();
          answer.once("end", () => {
            took.push(performance.now() - planned);
            resolve();
          });
        });
        outgoing.once("error", reject);
        outgoing.end();
      }),
    );
  }
  await Promise.all(answers);
  agent.destroy();
  return took;
}

/**
 * S1: what a tenant notices while another one's provider is hostile and its tokens name unknown keys; against the same flood with a
 * good provider, so that only the provider's part is measured. SECURITY §2: p99 within 10 %.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function s1(load) {
  // Before the provider is forked: what it pours out is made beside the load, and not on the gateway's CPU.
  pinSelf();
  const idp = await startIssuers();
  const [acme] = idp.issuers;
  if (acme === undefined) throw new Error("no issuer");
  const known = createTokenMint({ alg: "ES256" });
  const stranger = createTokenMint({ alg: "ES256", kid: "never-published" });
  const hostile = await forkHostileIdp({ jwks: known.jwks() });
  const gateway = await startGateway([
    { ...fleet, settings: { ...fleet.settings, jwks: { ...fleet.settings.jwks, cooldownSeconds: 1 } } },
    tenantOf({ slug: "acme", upstream: load.upstreamUrl, issuer: acme.issuer }),
    tenantOf({ slug: "evil", upstream: load.upstreamUrl, issuer: hostile.issuer }),
  ]);
  try {
    const { port } = gateway;
    const watched = Array.from({ length: settings.tokens }, (_, index) => acme.mint.sign(claimsOf(acme.issuer, index)));
    const flood = Array.from({ length: settings.tokens }, (_, index) => stranger.sign(claimsOf(hostile.issuer, index)));
    const both = async (ms = settings.seconds * 1_000) => {
      const [took] = await Promise.all([
        openLoop({ port, slug: "acme", tokens: watched, everyMs: WATCHED_EVERY_MS, ms }),
        openLoop({ port, slug: "evil", tokens: flood, everyMs: FLOOD_EVERY_MS, ms }),
      ]);
      return took;
    };
    /** @param {typeof MODES[number] | "good"} mode */
    const measure = async (mode) => {
      await hostile.setMode("jwks", mode);
      return percentile(await both(), 0.99);
    };
    // Each way of failing has code of its own: all of it has run before anything counts.
    for (const mode of /** @type {const} */ (["good", ...MODES, "good"])) {
      await hostile.setMode("jwks", mode);
      await both(WARM_UP_MS);
    }
    /** @type {{ calm: number[], hostile: number[] }} */
    const p99 = { calm: [], hostile: [] };
    for (let round = 0; round < MODES.length * 2; round += 1) {
      const mode = MODES[round % MODES.length] ?? "hang";
      // Every other time the other one first: what goes on in the machine meets both.
      if (round % 2 === 0) p99.calm.push(await measure("good"));
      p99.hostile.push(await measure(mode));
      if (round % 2 === 1) p99.calm.push(await measure("good"));
      const [calm, bad] = [p99.calm[round] ?? Number.NaN, p99.hostile[round] ?? Number.NaN];
      say(`  round ${round + 1}, ${mode}: p99 ${rounded(bad)} ms, with a good provider ${rounded(calm)} ms`);
    }
    const ratio = median(p99.hostile) / median(p99.calm);
    const figures = { hostileP99Ms: spread(p99.hostile, 2), calmP99Ms: spread(p99.calm, 2), rounds: p99.calm.length };
    return [{ id: "S1", against: "the same with a good provider", ratio: rounded(ratio, 3), goal: 1.1, ok: ratio <= 1.1, figures }];
  } finally {
    await gateway.close();
    await hostile.close();
    await idp.close();
  }
}
