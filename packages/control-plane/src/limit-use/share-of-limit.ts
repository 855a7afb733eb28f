import type { AppliedLimit } from "@sallyport/pipeline";
import type { RateLimitKey } from "@sallyport/snapshot";

/** Why the control plane cannot say how much of a limit is used: what it counts by is known at the nodes alone. */
export type UnknownUse =
  /** A client address, a subject, an API key, a username or an identity provider. */
  | "by_caller"
  /** Several tenants together. */
  | "across_tenants"
  /** Each node counts by itself. */
  | "by_node";

/** Requests of one route in a time that counted for limits. */
export interface RouteRequests {
  readonly route: string;
  readonly requests: number;
}

const BY_CALLER: readonly RateLimitKey[] = ["api_key", "client_ip", "identity_provider", "subject", "username"];

/** Null where all that the limit counts by is the tenant, or its routes. */
export function unknownUse({ spec: { key, scope } }: AppliedLimit): UnknownUse | null {
  if (key.some((each) => BY_CALLER.includes(each))) return "by_caller";
  if (!key.includes("tenant") && !key.includes("route")) return "across_tenants";
  return scope === "node" ? "by_node" : null;
}

/**
 * The mean rate of requests as a share of the limit's: 1 is all of it. Of a limit for each route, that of the busiest one.
 * @param ms in which the requests came
 */
export function shareOfLimit(
  { spec: { key, routes, limit, windowSeconds } }: AppliedLimit,
  counted: readonly RouteRequests[],
  ms: number,
): { readonly share: number; readonly route: string | null } {
  const covered = counted.filter(({ route }) => routes.length === 0 || routes.includes(route));
  const shareOf = (requests: number): number => (requests * windowSeconds * 1_000) / (ms * limit);
  if (!key.includes("route")) return { share: shareOf(covered.reduce((sum, { requests }) => sum + requests, 0)), route: null };
  const busiest = covered.reduce<RouteRequests | null>((most, each) => (most !== null && most.requests >= each.requests ? most : each), null);
  return busiest === null ? { share: 0, route: null } : { share: shareOf(busiest.requests), route: busiest.route };
}
