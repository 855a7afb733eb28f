import { ratioLine } from "../lib/figures.mjs";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { measureInTurn } from "../lib/rounds.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { claimsOf, requestBytes } from "../lib/tokens.mjs";

/**
 * A gateway with so many tenants, each with an issuer and a key of its own, and the same number of distinct tokens in all,
 * each of which has passed once.
 * @param {import("../lib/rounds.mjs").Load} load
 * @param {string} set
 * @param {{ tenants: number, tokens: number }} size
 */
async function startFleet(load, set, { tenants, tokens }) {
  const idp = await startIssuers({ count: tenants, alg: "ES256" });
  const gateway = await startGateway([
    fleet,
    ...idp.issuers.map(({ issuer }, index) => tenantOf({ slug: `t-${index}`, upstream: load.upstreamUrl, issuer })),
  ]);
  const requests = Array.from({ length: tokens }, (_, index) => {
    const tenant = index % tenants;
    const owner = idp.issuers[tenant];
    return requestBytes({ host: `t-${tenant}.${BASE_DOMAIN}`, token: owner?.mint.sign(claimsOf(owner.issuer, index)) ?? "" });
  });
  await load.prepare(set, requests);
  const target = { name: `${tenants} ${tenants === 1 ? "tenant" : "tenants"}`, port: gateway.port, pid: gateway.pid, set };
  // Every token once, however long it takes: keys are fetched, tokens are known.
  await load.run({ ...target, once: true }, 120);
  return {
    target,
    async close() {
      await gateway.close();
      await idp.close();
    },
  };
}

/** Between one, whose configuration never leaves the CPU's nearest cache, and many: what is left between them and many grows with their number. */
const SOME_TENANTS = 100;

/** P6: many tenants and issuers against one and against some, with the same number of tokens. ES256, since that many RSA keys take minutes to make. @param {import("../lib/rounds.mjs").Load} load */
export async function p6(load) {
  const { tenants: tokens } = settings;
  say(`  making ${tokens} issuers and their tokens`);
  const many = await startFleet(load, "many", { tenants: tokens, tokens });
  const one = await startFleet(load, "one", { tenants: 1, tokens });
  const some = await startFleet(load, "some", { tenants: SOME_TENANTS, tokens });
  try {
    const series = await measureInTurn(load, [many.target, one.target, some.target]);
    return [one, some].map(({ target }) => ratioLine({ id: "P6", goal: 0.95, measured: many.target.name, against: target.name }, series));
  } finally {
    for (const fleetOfSome of [many, one, some]) await fleetOfSome.close();
  }
}
