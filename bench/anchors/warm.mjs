import { startAcme } from "../lib/acme.mjs";
import { ratioLine } from "../lib/figures.mjs";
import { missingHaproxy, startHaproxy } from "../lib/haproxy.mjs";
import { missingStacks, startPeer } from "../lib/peers.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { requireSameWork } from "../lib/same-work.mjs";
import { requireInstalled, say, settings } from "../lib/settings.mjs";
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

/** P2: the same against gateways put together of libraries that do the same work. @param {Load} load */
export async function p2(load) {
  requireInstalled(missingStacks());
  const acme = await startAcme(load);
  const goals = /** @type {const} */ ({ "fastify-jose": 3.5, "fastify-jwt": 3.5, express: 8 });
  const peers = await Promise.all(
    Object.entries(goals).map(async ([name, goal]) => ({
      ...{ name, goal },
      ...(await startPeer(/** @type {keyof typeof goals} */ (name), acme.peerEnv)),
    })),
  );
  const targets = [{ name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid }, ...peers].map(({ name, port, pid }) => ({
    ...{ name, port, pid },
    set: "tokens",
  }));
  try {
    for (const target of targets) await requireSameWork(target, acme.mint, acme.issuer);
    await prepareTokens(load, acme);
    const series = await measureInTurn(load, targets);
    return peers.map(({ name, goal }) => ratioLine({ id: "P2", goal, measured: "sallyport", against: name }, series));
  } finally {
    for (const peer of peers) await peer.close();
    await acme.close();
  }
}

/** P3: the same against HAProxy's `jwt_verify`, for either kind of key. @param {Load} load */
export async function p3(load) {
  requireInstalled(missingHaproxy());
  const lines = [];
  for (const [alg, goal] of /** @type {const} */ ([
    ["RS256", 1],
    ["ES256", 1.8],
  ])) {
    say(`  ${alg}`);
    const acme = await startAcme(load, alg);
    const haproxy = await startHaproxy({ alg, publicKey: acme.mint.publicKey, env: acme.peerEnv });
    const targets = [
      { name: "sallyport", port: acme.gateway.port, pid: acme.gateway.pid, set: "tokens" },
      { name: "haproxy", port: haproxy.port, pid: haproxy.pid, set: "tokens" },
    ];
    try {
      for (const target of targets) await requireSameWork(target, acme.mint, acme.issuer);
      await prepareTokens(load, acme);
      const series = await measureInTurn(load, targets);
      lines.push(ratioLine({ id: "P3", goal, measured: "sallyport", against: "haproxy", more: { alg } }, series));
    } finally {
      await haproxy.close();
      await acme.close();
    }
  }
  return lines;
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
