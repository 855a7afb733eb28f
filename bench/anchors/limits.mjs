import { spawnSync } from "node:child_process";
import { Agent, request } from "node:http";
import { tenantSection } from "@sallyport/snapshot";
import { startRedisServer } from "@sallyport/testkit";
import { ratioLine } from "../lib/figures.mjs";
import { startGateway } from "../lib/gateway.mjs";
import { pinSelf } from "../lib/pinned-process.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { requireInstalled, say } from "../lib/settings.mjs";
import { rounded } from "../lib/statistics.mjs";
import { requestBytes } from "../lib/tokens.mjs";

const LIMIT = { limit: 1_000, windowSeconds: 1, burst: 100 };
const SECONDS = 60;
const EVERY_MS = 10;
const OVERSHOOT = 0.03;

const missingRedis = () => (spawnSync("redis-server", ["--version"]).status === 0 ? null : "redis-server is not there: apt-get install redis-server");

/** Requests in each 10 ms at each of three nodes: half as many again as the limit, by time and place. */
const PATTERNS = /** @type {Record<string, (at: number) => readonly number[]>} */ ({
  steady: () => [5, 5, 5],
  bursty: (at) => (at % 500 < 250 ? [10, 10, 10] : [0, 0, 0]),
  "skewed to one node": () => [13, 1, 1],
});

/** @param {string} upstream */
const limited = (upstream) => {
  const tenant = tenantOf({ slug: "acme", upstream, issuer: "http://127.0.0.1:9" });
  const authentication = { mode: "public" };
  return tenantSection.parse({
    ...tenant,
    routes: {
      free: { pathPrefix: "/free", upstream: "main", propagation: "same-work", authentication },
      counted: { pathPrefix: "/counted", upstream: "main", propagation: "same-work", authentication },
      held: { pathPrefix: "/held", upstream: "main", propagation: "same-work", authentication },
    },
    rateLimitPolicies: {
      "whole-tenant": { key: ["tenant"], limit: 1_000_000, burst: 100_000, routes: ["counted"] },
      "each-address": { key: ["client_ip", "route"], limit: 1_000_000, burst: 100_000, routes: ["counted"] },
      held: { key: ["route"], ...LIMIT, routes: ["held"] },
    },
  });
};

/**
 * How many of these one exact counter lets pass: a bucket that holds the burst and is filled at the limit's rate.
 * @param {readonly number[]} sentAt ms, in order
 */
function allowedOf(sentAt) {
  let held = LIMIT.burst;
  let last = sentAt[0] ?? 0;
  let allowed = 0;
  for (const at of sentAt) {
    held = Math.min(LIMIT.burst, held + ((at - last) * LIMIT.limit) / (LIMIT.windowSeconds * 1_000));
    last = at;
    if (held < 1) continue;
    held -= 1;
    allowed += 1;
  }
  return allowed;
}

/**
 * Sends to three nodes by a pattern, and counts what passed, and what one exact counter would have let pass of the same.
 * @param {readonly { port: number }[]} nodes
 * @param {(at: number) => readonly number[]} pattern
 */
async function passedOf(nodes, pattern) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let passed = 0;
  let refused = 0;
  /** @type {Promise<void>[]} */
  let sent = [];
  /** @type {number[]} */
  const sentAt = [];
  const one = (/** @type {number} */ port) =>
    new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
      const outgoing = request({ agent, host: "127.0.0.1", port, path: "/held", headers: { host: `acme.${BASE_DOMAIN}` } }, (answer) => {
        if (answer.statusCode === 200) passed += 1;
        else if (answer.statusCode === 429) refused += 1;
        else reject(new Error(`a node answered ${answer.statusCode}`));
        answer.resume().once("end", () => resolve());
      });
      outgoing.once("error", reject).end();
    });
  for (let at = 0, next = performance.now(); at < SECONDS * 1_000; at += EVERY_MS, next += EVERY_MS) {
    pattern(at).forEach((count, index) => {
      for (let each = 0; each < count; each += 1) {
        sentAt.push(performance.now());
        sent.push(one(nodes[index]?.port ?? 0));
      }
    });
    if (sent.length > 5_000) {
      await Promise.all(sent);
      sent = [];
    }
    const early = next + EVERY_MS - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
  await Promise.all(sent);
  agent.destroy();
  return { passed, refused, allowed: allowedOf(sentAt) };
}

/**
 * P13: what two limits cost a request, counted with a state store that other nodes share, against a route without limits; and how far three
 * nodes together go beyond a limit of 1,000 a second in a minute.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p13(load) {
  requireInstalled(missingRedis());
  const redis = await startRedisServer();
  const sections = [fleet, limited(load.upstreamUrl)];
  const start = () => startGateway(sections, { SALLYPORT_STATE_URL: redis.url });
  const nodes = [await start()];
  try {
    const [first] = nodes;
    if (first === undefined) throw new Error("no node");
    const { port, pid } = first;
    const host = `acme.${BASE_DOMAIN}`;
    await load.prepare("free", [requestBytes({ host, path: "/free/orders" })]);
    await load.prepare("counted", [requestBytes({ host, path: "/counted/orders" })]);
    const series = await measureInTurn(load, [
      { name: "limits on", port, pid, set: "counted" },
      { name: "limits off", port, pid, set: "free" },
    ]);
    nodes.push(await start(), await start());
    pinSelf();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    /** @type {Record<string, { passed: number, refused: number, overshoot: number }>} */
    const fleetOfThree = {};
    for (const [name, pattern] of Object.entries(PATTERNS)) {
      const { passed, refused, allowed } = await passedOf(nodes, pattern);
      fleetOfThree[name] = { passed, refused, overshoot: rounded(passed / allowed - 1, 4) ?? Number.NaN };
      say(`  three nodes, ${name}: ${passed} passed, ${refused} refused, ${rounded((passed / allowed - 1) * 100)} % over`);
    }
    const worst = Math.max(...Object.values(fleetOfThree).map(({ overshoot }) => overshoot));
    const more = { overshoot: worst, overshootGoal: OVERSHOOT, fleetOfThree };
    const line = ratioLine({ id: "P13", goal: 0.95, measured: "limits on", against: "limits off", more }, series);
    return [{ ...line, ok: line.ok && worst <= OVERSHOOT }];
  } finally {
    for (const node of nodes) await node.close();
    await redis.close();
  }
}
