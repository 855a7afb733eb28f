import { readFileSync } from "node:fs";
import { createRandom } from "../lib/fuzz/random.mjs";
import { createRequestFuzzer } from "../lib/fuzz/requests.mjs";
import { sendBytes } from "../lib/fuzz/send.mjs";
import { startJudgingUpstream } from "../lib/fuzz/upstream.mjs";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { pinSelf } from "../lib/pinned-process.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { median, rounded } from "../lib/statistics.mjs";
import { claimsOf, requestBytes } from "../lib/tokens.mjs";

const SENDERS = 32;
const LOOK_EVERY_MS = 5_000;
/** Memory at the end against memory once everything has been used. */
const FLAT = 1.1;
const MAX_SHOWN = 20;
/** Of whoever is known; and of whoever signs, or pretends to have signed, what must be refused. */
const KNOWN = "user-1";
const MALLORY = "mallory";

/**
 * S2: tokens, headers, targets and bytes at random, against a running node: nobody passes who must not, nothing answers 5xx or hangs,
 * a good request passes all the time, memory stays flat. `BENCH_SEED` repeats a run. The ratio is the share of requests without a fault.
 */
export async function s2() {
  const seed = settings.seed;
  /** @type {string[]} */
  const faults = [];
  const fault = (/** @type {string} */ what) => {
    faults.push(what);
    if (faults.length <= MAX_SHOWN) say(`  FAULT ${what}`);
  };
  const idp = await startIssuers({ count: 2 });
  const [own, other] = idp.issuers;
  if (own === undefined || other === undefined) throw new Error("no issuers");
  const upstream = await startJudgingUpstream({ subject: KNOWN, tenant: "acme", publicPath: "/open" }, fault);
  const gateway = await startGateway([
    fleet,
    tenantOf({ slug: "acme", upstream: upstream.url, issuer: own.issuer }),
    tenantOf({ slug: "globex", upstream: upstream.url, issuer: other.issuer }),
  ]);
  try {
    pinSelf();
    const { port, pid } = gateway;
    const host = `acme.${BASE_DOMAIN}`;
    const lifetimeS = settings.fuzzMinutes * 60 + 600;
    const claimsFor = (/** @type {string} */ sub) => ({ ...claimsOf(own.issuer, 1), sub, exp: Math.floor(Date.now() / 1_000) + lifetimeS });
    const good = requestBytes({ host, path: "/seen", token: own.mint.sign(claimsFor(KNOWN)) });
    const random = createRandom(seed);
    const make = createRequestFuzzer(random, { host, own, other, good: own.mint.sign(claimsFor(KNOWN)), hostile: () => claimsFor(MALLORY) });
    /** @type {Record<string, number>} */
    const answers = {};
    let sent = 0;
    const until = performance.now() + settings.fuzzMinutes * 60_000;

    const sendOne = async () => {
      const { kind, bytes, mayPass } = make();
      sent += 1;
      const { status, statuses, hung } = await sendBytes(port, bytes);
      const answer = status === null ? "closed" : String(status);
      answers[answer] = (answers[answer] ?? 0) + 1;
      const about = `${kind}: ${answer} to ${JSON.stringify(bytes.slice(0, 4_000))}`;
      if (hung) fault(`no answer, no end: ${about}`);
      if (statuses.some((each) => each >= 500)) fault(`a failure of its own making: ${about}`);
      if (!mayPass && status !== null && status < 300) fault(`passed: ${about}`);
    };
    const sender = async () => {
      while (performance.now() < until && faults.length < 1_000) await sendOne();
    };
    /** @type {number[]} */
    const rss = [];
    const watch = async () => {
      while (performance.now() < until) {
        const { status } = await sendBytes(port, good, { whole: true });
        if (status !== 200) fault(`a good request got ${status}`);
        rss.push(residentMiB(pid));
        await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, Math.max(0, until - performance.now()))));
      }
    };
    await Promise.all([watch(), ...Array.from({ length: SENDERS }, sender)]);
    const quarter = Math.max(1, Math.floor(rss.length / 4));
    const growth = median(rss.slice(-quarter)) / median(rss.slice(quarter, 2 * quarter));
    if (growth > FLAT) fault(`memory grew by ${rounded((growth - 1) * 100)} %`);
    const figures = { seed, minutes: settings.fuzzMinutes, sent, reachedUpstream: upstream.reached(), answers, faults: faults.length };
    const memory = { rssMiB: { afterWarmUp: rounded(median(rss.slice(quarter, 2 * quarter)), 1), atEnd: rounded(median(rss.slice(-quarter)), 1) } };
    return [
      {
        id: "S2",
        against: "the contract of the data plane",
        ratio: 1 - faults.length / sent,
        goal: 1,
        ok: faults.length === 0,
        figures: { ...figures, ...memory },
      },
    ];
  } finally {
    await gateway.close();
    await upstream.close();
    await idp.close();
  }
}

/** @param {number | undefined} pid */
function residentMiB(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
