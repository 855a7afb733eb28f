import { degradationPolicySpec } from "@sallyport/snapshot";

/** How long stale keys may be used where no degradation policy says otherwise, seconds (BEHAVIOUR 3a). */
export const DEFAULT_STALE_KEYS_SECONDS = degradationPolicySpec.parse({}).staleKeysMaxAgeSeconds;
