import { plainPath } from "./admit/target.js";
import type { CompiledRoute, CompiledTenant } from "./compiled.js";
import { Refusal } from "./refusal.js";

/**
 * The longest matching prefix wins, then the route with methods. The prefix decides alone: where its routes do not take the method
 * the request is refused, and never falls through to a shorter prefix, which may be an open one.
 * A path that an upstream would read as one of another route (escapes, path parameters) is refused as ambiguous.
 */
export function matchRoute(tenant: CompiledTenant, path: string, method: string): CompiledRoute | Refusal {
  const route = find(tenant, path, method);
  if (path.includes("%") || path.includes(";")) {
    const plain = find(tenant, plainPath(path), method);
    const same = plain === route || (plain instanceof Refusal && route instanceof Refusal && plain.code === route.code);
    if (!same) return new Refusal("bad_request", "decoded, the path would belong to another route");
  }
  return route;
}

const NO_METHODS: readonly string[] = [];

function find({ prefixes, routes }: CompiledTenant, path: string, method: string): CompiledRoute | Refusal {
  let prefix: string | null = null;
  let methods: readonly string[] = NO_METHODS;
  for (let index = 0; index < prefixes.length; index += 1) {
    const own = prefixes[index];
    if (own === undefined || (prefix !== null && own !== prefix)) break;
    if (prefix === null && !hasPrefix(path, own)) continue;
    const route = routes[index];
    if (route === undefined) break;
    if (route.methods === null || route.methods.has(method)) return route;
    prefix = own;
    methods = [...methods, ...route.methods];
  }
  if (prefix === null) return new Refusal("route_not_found", "no route's prefix matches the path");
  return new Refusal("method_not_allowed", "the route does not take the method", { allowedMethods: methods });
}

/** Whole segments only: `/v1` has `/v1` and `/v1/x`, not `/v10`. */
function hasPrefix(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 0x2f);
}

/** Path and query for the upstream: the route's prefix taken off where it says so, the upstream's base path put before. */
export function upstreamTarget(route: CompiledRoute, path: string, query: string): string {
  const rest = route.stripPrefix ? path.slice(route.prefix.length) || "/" : path;
  return `${route.upstream.basePath}${rest}${query}`;
}

/** BEHAVIOUR §7: an upgrade passes only where the route allows it, and only to WebSocket. */
export function refuseUpgrade(route: CompiledRoute, upgrade: string | null, method: string): Refusal | null {
  if (upgrade === null) return null;
  if (route.websocket && method === "GET" && upgrade.toLowerCase() === "websocket") return null;
  return new Refusal("upgrade_not_allowed", "the route does not allow this upgrade");
}
