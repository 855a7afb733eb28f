import { ratioLine } from "../lib/figures.mjs";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { messageOf } from "../lib/pinned-process.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { median, rounded, spread } from "../lib/statistics.mjs";
import { claimsOf, requestBytes } from "../lib/tokens.mjs";

const TENANT_CLAIM = "tenant";
/** Tenants that have requests; the one that is published anew is one of them. */
const BUSY = 100;
const EVERY_MS = 1_000;
const P99_RATIO = 1.1;
const PAUSE_MS = 5;
/** Requests a second without a control plane, beside those with one. */
const ALIKE = 0.03;

/**
 * A node with so many tenants that share an issuer, under requests to some of them.
 * @param {import("../lib/rounds.mjs").Load} load
 * @param {readonly string[]} args for Node
 */
async function startBusyNode(load, args = []) {
  const { tenants, tokens } = settings;
  const idp = await startIssuers({ count: 1, alg: "ES256" });
  const [owner] = idp.issuers;
  if (owner === undefined) throw new Error("no issuer was made");
  const tenant = (/** @type {number} */ index, plan = "standard") =>
    tenantOf({ slug: `t-${index}`, upstream: load.upstreamUrl, issuer: owner.issuer, plan, tenantClaim: TENANT_CLAIM });
  const gateway = await startGateway([fleet, ...Array.from({ length: tenants }, (_, index) => tenant(index))], {}, args);
  const requests = Array.from({ length: tokens }, (_, index) => {
    const slug = `t-${index % BUSY}`;
    return requestBytes({ host: `${slug}.${BASE_DOMAIN}`, token: owner.mint.sign({ ...claimsOf(owner.issuer, index), [TENANT_CLAIM]: slug }) });
  });
  await load.prepare("busy", requests);
  return {
    gateway,
    tenant,
    target: { port: gateway.port, pid: gateway.pid, set: "busy" },
    async close() {
      await gateway.close();
      await idp.close();
    },
  };
}

/** Calls back every second until it is stopped; never two at once. @param {() => Promise<void>} call */
function everySecond(call) {
  let stopped = false;
  let wake = () => undefined;
  const run = (async () => {
    while (!stopped) {
      const began = performance.now();
      await call();
      const rest = Math.max(0, EVERY_MS - (performance.now() - began));
      await new Promise((/** @type {(value: void) => void} */ resolve) => {
        const timer = setTimeout(resolve, rest);
        wake = () => {
          clearTimeout(timer);
          resolve();
          return undefined;
        };
      });
    }
  })();
  return async () => {
    stopped = true;
    wake();
    await run;
  };
}

/**
 * The first part of P8: a change of one of ten thousand tenants each second, one that has requests, beside none. What a request waits, and the longest
 * turn of the node's event loop.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p8Publishing(load) {
  const node = await startBusyNode(load, ["--import", new URL("../lib/report-delay.mjs", import.meta.url).href]);
  const { gateway } = node;
  try {
    const most = Math.ceil(((settings.rounds * 2 + 1) * (settings.seconds + 1) * 1_000) / EVERY_MS);
    say(`  ${most} revisions of one tenant each`);
    const publishNext = await gateway.prepare(Array.from({ length: most }, (_, index) => node.tenant(index % BUSY, `plan-${index}`)));
    let published = 0;
    /** @type {Record<string, number[]>} */
    const turns = { publishing: [], calm: [] };
    let phase = "";
    let stop = async () => undefined;
    const longest = async () => {
      const answer = messageOf(gateway.process);
      gateway.process.send("delay");
      return (await answer).longestMs;
    };
    /** @param {string} next */
    const begin = async (next) => {
      await stop();
      const turn = await longest();
      turns[phase]?.push(turn);
      phase = next;
      stop = async () => undefined;
      if (next !== "publishing") return;
      const end = everySecond(async () => {
        await publishNext();
        published += 1;
      });
      stop = async () => void (await end());
    };
    const publishing = { ...node.target, name: "a publish each second", timed: true, before: () => begin("publishing") };
    const calm = { ...node.target, name: "no publishes", timed: true, before: () => begin("calm") };
    const series = await measureInTurn(load, [publishing, calm]);
    await begin("");
    const p99 = (/** @type {string} */ name) => median(series.get(name)?.samples.map(({ p99Ms }) => p99Ms) ?? []);
    const ratio = p99(publishing.name) / p99(calm.name);
    const pause = median(turns.publishing ?? []) - median(turns.calm ?? []);
    const figures = {
      ...{ tenants: settings.tenants, published },
      p99Ms: { publishing: rounded(p99(publishing.name)), calm: rounded(p99(calm.name)) },
      longestTurnMs: { publishing: spread(turns.publishing ?? [], 1), calm: spread(turns.calm ?? [], 1) },
      pauseMs: rounded(pause, 1),
      requests: ratioLine({ id: "P8", goal: 0, measured: publishing.name, against: calm.name }, series).figures,
    };
    return [
      { id: "P8", against: "no publishes, p99", ratio: rounded(ratio, 3), goal: P99_RATIO, ok: ratio <= P99_RATIO && pause <= PAUSE_MS, figures },
    ];
  } finally {
    await node.close();
  }
}

/** The first part of P12: requests a second while the control plane is away, beside those while it is there. @param {import("../lib/rounds.mjs").Load} load */
export async function p12Away(load) {
  const node = await startBusyNode(load);
  const setAway = async (/** @type {boolean} */ away) => {
    node.gateway.setAway(away);
    // Until what was under way has been noticed.
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  try {
    const away = { ...node.target, name: "control plane away", before: () => setAway(true) };
    const there = { ...node.target, name: "control plane there", before: () => setAway(false) };
    const series = await measureInTurn(load, [away, there]);
    const line = ratioLine({ id: "P12", goal: 1 - ALIKE, measured: away.name, against: there.name }, series);
    return [{ ...line, ok: line.ok && line.ratio !== null && line.ratio <= 1 + ALIKE }];
  } finally {
    await node.close();
  }
}
