import type { SecurityFinding } from "@sallyport/pipeline";
import { type IdpKeys, NOTHING_REPORTED } from "./idp-keys.js";

type KeyFinding = "jwks_refresh_failed" | "stale_jwks_in_use" | "idp_keys_expired" | "jwk_skipped";

/** Reports what is wrong with an IdP's keys, each thing once in a run of trouble. */
export function createKeyFindings(onEvent: (finding: SecurityFinding) => void) {
  const report = (kind: KeyFinding, keys: IdpKeys, detail: string) =>
    onEvent({
      kind,
      tenant: keys.tenant,
      tokenTenant: null,
      identityProvider: keys.name,
      subject: null,
      issuer: keys.issuer,
      detail: detail.slice(0, 1_024),
    });
  return {
    refreshFailed(keys: IdpKeys, detail: string) {
      if (keys.reported.failed) return;
      keys.reported = { ...keys.reported, failed: true };
      report("jwks_refresh_failed", keys, `The keys of ${keys.id} could not be refreshed: ${detail}`);
    },
    staleInUse(keys: IdpKeys, ageMs: number) {
      if (keys.reported.stale) return;
      keys.reported = { ...keys.reported, stale: true };
      report(
        "stale_jwks_in_use",
        keys,
        `Keys of ${keys.id} that are ${Math.round(ageMs / 1_000)} s old verify tokens: ${keys.error ?? "no refresh yet"}`,
      );
    },
    expired(keys: IdpKeys) {
      if (keys.reported.expired) return;
      keys.reported = { ...keys.reported, expired: true };
      report("idp_keys_expired", keys, `The keys of ${keys.id} are past their stale cap, its tokens are refused: ${keys.error ?? "no refresh yet"}`);
    },
    recovered(keys: IdpKeys) {
      const { skipped } = keys.reported;
      keys.reported = skipped === "" ? NOTHING_REPORTED : { ...NOTHING_REPORTED, skipped };
    },
    skipped(keys: IdpKeys, skipped: readonly { readonly index: number; readonly reason: string }[]) {
      const text = skipped.map(({ index, reason }) => `key ${index}: ${reason}`).join("; ");
      if (text === keys.reported.skipped) return;
      keys.reported = { ...keys.reported, skipped: text };
      if (text !== "") report("jwk_skipped", keys, `Members of the JWK Set of ${keys.id} were left out: ${text}`);
    },
  };
}
export type KeyFindings = ReturnType<typeof createKeyFindings>;
