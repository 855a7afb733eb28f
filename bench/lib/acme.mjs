import { startGateway } from "./gateway.mjs";
import { startIssuers } from "./issuers.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "./sections.mjs";

/**
 * The setting of most anchors: one tenant, acme, one issuer with one key, one gateway.
 * @param {import("./rounds.mjs").Load} load
 * @param {"RS256" | "ES256"} alg
 */
export async function startAcme(load, alg = "RS256") {
  const idp = await startIssuers({ alg });
  const [only] = idp.issuers;
  if (only === undefined) throw new Error("no issuer");
  const sections = (/** @type {string} */ plan) => [fleet, tenantOf({ slug: "acme", upstream: load.upstreamUrl, issuer: only.issuer, plan })];
  const gateway = await startGateway(sections("standard"));
  return {
    ...only,
    host: `acme.${BASE_DOMAIN}`,
    gateway,
    /** What peers need to do the same work. */
    peerEnv: { UPSTREAM: load.upstreamUrl, ISSUER: only.issuer, AUDIENCE: "https://api.example.test", TENANT: "acme" },
    /** A revision that touches the tenant: what was verified before it counts no longer. */
    republish: (/** @type {string} */ plan) => gateway.publish(sections(plan)),
    async close() {
      await gateway.close();
      await idp.close();
    },
  };
}
