import { type DegradationPolicySpec, degradationPolicySpec } from "@sallyport/snapshot";

/** What a route without a degradation policy does (BEHAVIOUR 3a and 3b). */
export const DEFAULT_DEGRADATION: DegradationPolicySpec = degradationPolicySpec.parse({});
