import type { CompiledRoute } from "./compiled.js";
import type { Principal } from "./decision.js";
import { Refusal } from "./refusal.js";

/** RFC 6750 §3.1: the route's scopes must all be granted. */
export function refuseByScopes(route: CompiledRoute, principal: Principal): Refusal | null {
  for (const scope of route.requiredScopes) {
    if (!principal.scopes.includes(scope)) {
      return new Refusal("insufficient_scope", `the scope ${scope} is not granted`, { requiredScopes: route.requiredScopes });
    }
  }
  return null;
}
