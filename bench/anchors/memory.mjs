import { readFileSync } from "node:fs";
import { canonicalJson } from "@sallyport/snapshot";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { messageOf } from "../lib/pinned-process.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { rounded } from "../lib/statistics.mjs";
import { claimsOf, requestBytes } from "../lib/tokens.mjs";

const MIB = 2 ** 20;
const HEAP_MIB = 30;
const RSS_MIB = 250;
const ONCE_SECONDS = 240;

/** @typedef {{ rss: number, heapUsed: number, external: number }} Memory */

/** How long a process that has nothing to do may take to give back what it does not need, s. */
const SETTLE_SECONDS = 40;

/** Resident set, MiB. @param {number | undefined} pid */
const residentMiB = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1_024;

/** @param {Awaited<ReturnType<typeof startGateway>>} gateway @returns {Promise<Memory>} heap after garbage collection, resident set before */
async function memoryOf({ process }) {
  const answer = messageOf(process);
  process.send("memory");
  return answer;
}

/**
 * P17: what a snapshot of so many tenants takes of a gateway's heap, beside the JSON that it came as; and the resident set after each of so many
 * tokens has passed and is in the cache: at once, and when the process has had time to give back what it does not need.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p17(load) {
  const { tenants, coldTokens: tokens } = settings;
  const args = ["--expose-gc", "--import", new URL("../lib/report-memory.mjs", import.meta.url).href];
  say(`  making ${tenants} issuers and ${tokens} tokens`);
  const idp = await startIssuers({ count: tenants, alg: "ES256" });
  const sections = idp.issuers.map(({ issuer }, index) => tenantOf({ slug: `t-${index}`, upstream: load.upstreamUrl, issuer }));
  const jsonBytes = sections.reduce((sum, section) => sum + Buffer.byteLength(canonicalJson(/** @type {any} */ (section))), 0);
  /** @type {string[]} */
  const requests = [];
  for (const [index, { mint, issuer }] of idp.issuers.entries()) {
    const count = Math.floor(tokens / tenants) + (index < tokens % tenants ? 1 : 0);
    for (let number = 0; number < count; number += 1)
      requests.push(requestBytes({ host: `t-${index}.${BASE_DOMAIN}`, token: mint.sign(claimsOf(issuer, number)) }));
  }
  await load.prepare("every token", requests);
  const gateway = await startGateway([fleet, ...sections.slice(0, 1)], {}, args);
  try {
    const empty = await memoryOf(gateway);
    await gateway.publish([fleet, ...sections]);
    const loaded = await memoryOf(gateway);
    await load.run({ name: "every token", port: gateway.port, pid: gateway.pid, set: "every token", once: true }, ONCE_SECONDS);
    const busyMiB = residentMiB(gateway.pid);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1_000));
    const served = await memoryOf(gateway);
    const snapshotMiB = (loaded.heapUsed + loaded.external - empty.heapUsed - empty.external) / MIB;
    const perTenThousand = (snapshotMiB * 10_000) / tenants;
    const rssMiB = served.rss / MIB;
    const figures = {
      ...{ tenants, tokens },
      jsonMiB: rounded(jsonBytes / MIB, 1),
      snapshotMiB: rounded(snapshotMiB, 1),
      ofJson: rounded((snapshotMiB * MIB) / jsonBytes, 2),
      emptyHeapMiB: rounded(empty.heapUsed / MIB, 1),
      tokensMiB: rounded((served.heapUsed - loaded.heapUsed) / MIB, 1),
      rssMiB: { one: rounded(empty.rss / MIB, 0), loaded: rounded(loaded.rss / MIB, 0), busy: rounded(busyMiB, 0), served: rounded(rssMiB, 0) },
    };
    return [
      {
        id: "P17",
        against: `${HEAP_MIB} MiB of heap for 10,000 tenants`,
        ratio: rounded(perTenThousand / HEAP_MIB, 3),
        goal: 1,
        ok: perTenThousand <= HEAP_MIB,
        figures,
      },
      { id: "P17", against: `${RSS_MIB} MiB resident`, ratio: rounded(rssMiB / RSS_MIB, 3), goal: 1, ok: rssMiB <= RSS_MIB, figures },
    ];
  } finally {
    await gateway.close();
    await idp.close();
  }
}
