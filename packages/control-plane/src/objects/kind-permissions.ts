import type { Kind, TenantKind } from "@sallyport/snapshot";
import type { Permission } from "../access/permissions.js";

/** What it takes to create, change or remove an object of each kind inside a tenant. */
export const TENANT_KIND_PERMISSION = {
  Secret: "idp.write",
  IdentityProvider: "idp.write",
  Upstream: "route.write",
  Route: "route.write",
  RateLimitPolicy: "policy.write",
  PropagationPolicy: "policy.write",
  DegradationPolicy: "policy.write",
  PolicyTest: "policy.write",
} as const satisfies Record<TenantKind, Permission>;

/** Prefix of audit actions, `route.update`. */
export const KIND_ACTION = {
  Fleet: "fleet_settings",
  NodeGroup: "node_group",
  Tenant: "tenant",
  Secret: "secret",
  IdentityProvider: "identity_provider",
  Upstream: "upstream",
  Route: "route",
  RateLimitPolicy: "rate_limit_policy",
  PropagationPolicy: "propagation_policy",
  DegradationPolicy: "degradation_policy",
  PolicyTest: "policy_test",
} as const satisfies Record<Kind, string>;
