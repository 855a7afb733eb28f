import { startAcme } from "../lib/acme.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { startPeer } from "../lib/peers.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireSameWork } from "../lib/same-work.mjs";
import { say, settings } from "../lib/settings.mjs";
import { mintMany, requestBytes } from "../lib/tokens.mjs";

/**
 * P4: every token is new to the gateway. No token comes twice in a round, and before each round a revision that touches the tenant
 * makes what was verified before it worthless.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p4(load) {
  const acme = await startAcme(load);
  const peer = await startPeer("fastify-jose", acme.peerEnv);
  let revisions = 0;
  const targets = [
    {
      ...{ name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid, set: "cold", once: true },
      before: () => acme.republish(`plan-${++revisions}`),
    },
    { name: "fastify-jose", port: peer.port, pid: peer.pid, set: "cold", once: true },
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
    return [ratioLine({ id: "P4", goal: 1.8, measured: "sallyport", against: "fastify-jose" }, series)];
  } finally {
    await peer.close();
    await acme.close();
  }
}
