import { startAcme } from "../lib/acme.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { startPeer } from "../lib/peers.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireSameWork } from "../lib/same-work.mjs";
import { settings } from "../lib/settings.mjs";
import { mintMany, requestBytes } from "../lib/tokens.mjs";

/** @typedef {import("../lib/rounds.mjs").Load} Load */

/** @param {Load} load @param {Awaited<ReturnType<typeof startAcme>>} acme */
async function prepareTokens(load, { mint, issuer, host }) {
  const tokens = await mintMany(mint, { issuer, from: 0, count: settings.tokens });
  await load.prepare(
    "tokens",
    tokens.map((token) => requestBytes({ host, token })),
  );
}

/** P1: RS256, 1,000 distinct tokens, warm, against the same proxy work without any authentication. @param {Load} load */
export async function p1(load) {
  const acme = await startAcme(load);
  const peer = await startPeer("fastify-proxy", acme.peerEnv);
  try {
    await requireSameWork({ name: "sallyport", port: acme.gateway.port }, acme.mint, acme.issuer);
    await prepareTokens(load, acme);
    const series = await measureInTurn(load, [
      { name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid, set: "tokens" },
      { name: "fastify-http-proxy", port: peer.port, pid: peer.pid, set: "tokens" },
    ]);
    return [ratioLine({ id: "P1", goal: 1.5, measured: "sallyport", against: "fastify-http-proxy" }, series)];
  } finally {
    await peer.close();
    await acme.close();
  }
}

/** P2: the same against a gateway that does the same work. @param {Load} load */
export async function p2(load) {
  const acme = await startAcme(load);
  const peer = await startPeer("fastify-jose", acme.peerEnv);
  const targets = [
    { name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid, set: "tokens" },
    { name: "fastify-jose", port: peer.port, pid: peer.pid, set: "tokens" },
  ];
  try {
    for (const target of targets) await requireSameWork(target, acme.mint, acme.issuer);
    await prepareTokens(load, acme);
    const series = await measureInTurn(load, targets);
    return [ratioLine({ id: "P2", goal: 3.5, measured: "sallyport", against: "fastify-jose" }, series)];
  } finally {
    await peer.close();
    await acme.close();
  }
}

/**
 * P5: the price of authentication: a route that requires it against an open one of the same gateway. The open one's requests carry no
 * token; that they could, and what forwarding it costs, stands in the figures.
 * @param {Load} load
 */
export async function p5(load) {
  const acme = await startAcme(load);
  const { port, pid } = acme.gateway;
  try {
    await requireSameWork({ name: "sallyport", port }, acme.mint, acme.issuer);
    const tokens = await mintMany(acme.mint, { issuer: acme.issuer, from: 0, count: settings.tokens });
    const path = "/open/orders/4711?expand=items";
    await load.prepare(
      "tokens",
      tokens.map((token) => requestBytes({ host: acme.host, token })),
    );
    await load.prepare("open", [requestBytes({ host: acme.host, path })]);
    await load.prepare(
      "open-with-token",
      tokens.map((token) => requestBytes({ host: acme.host, path, token })),
    );
    const series = await measureInTurn(load, [
      { name: "required", port, pid, set: "tokens" },
      { name: "public", port, pid, set: "open" },
      { name: "public, token sent", port, pid, set: "open-with-token" },
    ]);
    const withToken = ratioLine({ id: "P5", goal: 0.9, measured: "required", against: "public, token sent" }, series);
    const more = { ratioToPublicWithToken: withToken.ratio, "public, token sent": withToken.figures["public, token sent"] };
    return [ratioLine({ id: "P5", goal: 0.9, measured: "required", against: "public", more }, series)];
  } finally {
    await acme.close();
  }
}
