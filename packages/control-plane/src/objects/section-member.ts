import type { SectionKind, TenantSection } from "@sallyport/snapshot";

/** Where objects of a kind stand in a section. */
export const SECTION_MEMBER = {
  Secret: "secrets",
  IdentityProvider: "identityProviders",
  Upstream: "upstreams",
  Route: "routes",
  RateLimitPolicy: "rateLimitPolicies",
  PropagationPolicy: "propagationPolicies",
  DegradationPolicy: "degradationPolicies",
} as const satisfies Record<SectionKind, keyof TenantSection>;
