import type { ApiKeysSection, FleetSection, RevocationsSection, TenantSection } from "@sallyport/snapshot";
import type { ClaimPath } from "../claim-path.js";
import type { CompiledLockout } from "../compiled.js";

/** What a compiled part is made of. `key` is the section's hash, or the section itself: equal keys, equal content. */
export interface FleetSource {
  readonly section: FleetSection;
  readonly key: unknown;
  /** Compiled once, shared by every IdP. */
  readonly usualTenantClaim: ClaimPath;
  /** For tenants without a policy of their own. */
  readonly lockout: CompiledLockout | null;
}

export interface TenantSource {
  readonly section: TenantSection;
  readonly apiKeys: ApiKeysSection | undefined;
  readonly revocations: RevocationsSection | undefined;
  readonly key: unknown;
}
