import { startAcme } from "../lib/acme.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { missingHaproxy, startHaproxy } from "../lib/haproxy.mjs";
import { startPeer } from "../lib/peers.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireSameWork } from "../lib/same-work.mjs";
import { requireInstalled, say, settings } from "../lib/settings.mjs";
import { mintMany, requestBytes } from "../lib/tokens.mjs";

/** What is reached against whom, for each kind of key. */
const GOALS = /** @type {const} */ ([
  { alg: "RS256", goals: { haproxy: 0.55, "fastify-jose": 1.8 } },
  { alg: "ES256", goals: { haproxy: 0.75 } },
]);

/**
 * P4: every token is new to the gateway. No token comes twice in a round, and before each round a revision that touches the tenant
 * makes what was verified before it worthless.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p4(load) {
  requireInstalled(missingHaproxy());
  const lines = [];
  for (const { alg, goals } of GOALS) {
    say(`  ${alg}`);
    const acme = await startAcme(load, alg);
    const haproxy = await startHaproxy({ alg, publicKey: acme.mint.publicKey, env: acme.peerEnv });
    const jose = "fastify-jose" in goals ? await startPeer("fastify-jose", acme.peerEnv) : null;
    let revisions = 0;
    const targets = [
      {
        ...{ name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid, set: "cold", once: true },
        before: () => acme.republish(`plan-${++revisions}`),
      },
      { name: "haproxy", port: haproxy.port, pid: haproxy.pid, set: "cold", once: true },
      ...(jose === null ? [] : [{ name: "fastify-jose", port: jose.port, pid: jose.pid, set: "cold", once: true }]),
    ];
    try {
      for (const target of targets) await requireSameWork(target, acme.mint, acme.issuer);
      say(`  signing ${settings.coldTokens} tokens`);
      const tokens = await mintMany(acme.mint, { issuer: acme.issuer, from: 0, count: settings.coldTokens });
      await load.prepare(
        "cold",
        tokens.map((token) => requestBytes({ host: acme.host, token })),
      );
      const series = await measureInTurn(load, targets);
      for (const [against, goal] of Object.entries(goals))
        lines.push(ratioLine({ id: "P4", goal, measured: "sallyport", against, more: { alg } }, series));
    } finally {
      await jose?.close();
      await haproxy.close();
      await acme.close();
    }
  }
  return lines;
}
