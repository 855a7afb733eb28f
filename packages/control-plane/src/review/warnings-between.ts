import type { FleetSection, Section } from "@sallyport/snapshot";
import { limitWarnings, usernameWarnings } from "./limit-warnings.js";
import { fleetLockoutWarnings, tenantLockoutWarnings } from "./lockout-warnings.js";
import { settingWarnings, upstreamWarnings } from "./policy-warnings.js";
import { defaultProviderWarnings, providerWarnings } from "./provider-warnings.js";
import { routeWarnings, routeWordOf } from "./route-warnings.js";
import type { Warning } from "./warning.js";

/** One section as it is live and as it would be; undefined where it is not. */
export interface SectionPair {
  readonly before: Section | undefined;
  readonly after: Section | undefined;
}

/** The fleet's section in both states: what holds where a tenant says nothing. */
export interface FleetPair {
  readonly before: FleetSection | undefined;
  readonly after: FleetSection | undefined;
}
const NO_FLEET: FleetPair = { before: undefined, after: undefined };

/** What of a section would be weaker than it is. What is new, or goes, has nothing to compare with. */
export function warningsBetween({ before, after }: SectionPair, fleet: FleetPair = NO_FLEET): Warning[] {
  if (before?.kind === "tenant" && after?.kind === "tenant")
    return [
      ...routeWarnings(before, after),
      ...providerWarnings(before, after),
      ...limitWarnings(`tenants/${after.slug}`, before.rateLimitPolicies, after.rateLimitPolicies),
      ...usernameWarnings(before, after),
      ...upstreamWarnings(before, after),
      ...tenantLockoutWarnings(before, after, fleet),
    ];
  if (before?.kind === "fleet" && after?.kind === "fleet")
    return [
      ...settingWarnings(before, after),
      ...defaultProviderWarnings(before, after),
      ...fleetLockoutWarnings(before, after),
      ...limitWarnings("fleet", before.rateLimitPolicies, after.rateLimitPolicies),
    ];
  return [];
}

const tenantOfPath = (path: string): string => path.split("/")[1] ?? "";

/**
 * What has to be typed to publish these: null when nothing is opened. `acme/main` for one route, the slug for several of one tenant,
 * `open 3 routes` beyond.
 */
export function openingWordOf(warnings: readonly Warning[]): string | null {
  const paths = [...new Set(warnings.filter(({ severity }) => severity === "opening").map(({ path }) => path))];
  const [first] = paths;
  if (first === undefined) return null;
  if (paths.length === 1) return routeWordOf(first);
  const tenants = new Set(paths.map(tenantOfPath));
  return tenants.size === 1 ? tenantOfPath(first) : `open ${paths.length} routes`;
}
