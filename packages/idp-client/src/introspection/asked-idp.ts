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
  /** Why the last question had no answer; null while all is well. */
  error: string | null;
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

export const stateOf = ({ tenant, name, breaker, error }: AskedIdp): IntrospectionState => ({
  tenant,
  identityProvider: name,
  breaker: breaker.state,
  lastError: error?.slice(0, 512) ?? null,
});
