import type { FleetSection, TenantSection } from "@sallyport/snapshot";

/** What a compiled part is made of. `key` is the section's hash, or the section itself: equal keys, equal content. */
export interface FleetSource {
  readonly section: FleetSection;
  readonly key: unknown;
}

export interface TenantSource {
  readonly section: TenantSection;
  readonly key: unknown;
}
