import type { Introspected } from "@sallyport/pipeline";
import type { Shelf } from "./answer-store.js";
import type { Breaker, BreakerState } from "./breaker.js";
import type { ClientProver } from "./client-authentication.js";
import type { IntrospectionFindings } from "./introspection-findings.js";
import type { IntrospectedIdp } from "./locate-endpoint.js";

/** What a node knows of asking one IdP of one tenant, in one configuration: nothing of it is shared with another. */
export interface AskedIdp {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly fingerprint: string;
  /** As the snapshot in use has it. */
  idp: IntrospectedIdp;
  readonly shelf: Shelf;
  readonly breaker: Breaker;
  readonly prover: ClientProver;
  readonly findings: IntrospectionFindings;
  /** Questions under way, by digest of the token. */
  readonly asking: Map<string, Promise<Introspected>>;
  /** Why the last question had no answer, and when that was (monotonic ms); null while all is well. */
  error: { readonly detail: string; readonly at: number; readonly away: boolean } | null;
  /** Purged, or no longer in the snapshot. */
  dropped: boolean;
}

/** For heartbeat and metrics. */
export interface IntrospectionState {
  readonly tenant: string;
  readonly identityProvider: string;
  readonly breaker: BreakerState;
  readonly lastError: string | null;
}

/** What must be equal for two compiled IdPs of one id to share answers: everything that was configured. */
export const fingerprintOf = (idp: IntrospectedIdp): string => JSON.stringify([idp.id, idp.spec]);

/** Trouble that nobody has met again for this long is not told any more: without questions it could never end. */
const REMEMBERED_MS = 600_000;

/** @param now monotonic ms */
export const stateOf = ({ tenant, name, breaker, error }: AskedIdp, now: number): IntrospectionState => ({
  tenant,
  identityProvider: name,
  breaker: breaker.state,
  lastError: error === null || now - error.at > REMEMBERED_MS ? null : error.detail.slice(0, 512),
});
