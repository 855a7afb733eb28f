import { API_VERSION } from "@sallyport/snapshot";
import { AUDIENCE } from "../sections.mjs";

/** The tenant whose requests tell which revision decided them. */
export const TENANT = "acme";
const inTenant = (/** @type {string} */ tenant, /** @type {string} */ kind, /** @type {string} */ name, /** @type {unknown} */ spec) => ({
  ...{ apiVersion: API_VERSION, kind, metadata: { name, tenant } },
  spec,
});

/** Nodes, providers and upstreams on loopback. */
export const fleetDocument = { apiVersion: API_VERSION, kind: "Fleet", metadata: { name: "default" }, spec: { idpAllowedRanges: ["127.0.0.0/8"] } };

/** @param {string} tenant @param {string} plan */
const tenantDocument = (tenant, plan) => ({
  apiVersion: API_VERSION,
  kind: "Tenant",
  metadata: { name: tenant },
  spec: { displayName: tenant, plan },
});

/**
 * Two facts that only ever change together: the upstream's path and the tenant's plan, which its requests carry. A request that shows one of
 * each was decided by two revisions.
 * @param {{ upstream: string, issuer: string }} where
 * @param {number} marker
 */
export const markedDocuments = ({ upstream, issuer }, marker) => [
  tenantDocument(TENANT, `plan-${marker}`),
  inTenant(TENANT, "Upstream", "main", { url: `${upstream}/base-${marker}` }),
  inTenant(TENANT, "IdentityProvider", "main", { issuer, keys: { kind: "jwks", url: `${issuer}/jwks` }, audiences: [AUDIENCE] }),
  inTenant(TENANT, "Route", "api", { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } }),
];

/** A tenant that one publisher alone changes. @param {string} tenant @param {string} plan */
export const ownTenantDocument = (tenant, plan) => tenantDocument(tenant, plan);

/** The marker that both facts of an answer name; null when they do not agree. @param {string} body of the echoing upstream */
export function markerOf(body) {
  const { url, headers } = /** @type {import("@sallyport/testkit").EchoAnswer} */ (JSON.parse(body));
  const plan = headers[headers.findIndex((name) => name.toLowerCase() === "x-tenant-plan") + 1];
  const base = /^\/base-(\d+)\//.exec(url)?.[1];
  return base !== undefined && plan === `plan-${base}` ? Number(base) : null;
}
