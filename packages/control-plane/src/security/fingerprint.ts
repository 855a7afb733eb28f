import { createHash } from "node:crypto";
import type { SecurityEvent, SecurityEventKind } from "@sallyport/snapshot/protocol";

type Member = "tenant" | "tokenTenant" | "identityProvider" | "issuer" | "clientIp";

/** What makes two events of a kind the same story. Coarse on purpose: one alert that counts, not one per request. */
const GROUPED_BY = {
  cross_tenant_attempt: ["tenant", "tokenTenant"],
  algorithm_attack: ["tenant"],
  dpop_replay: ["tenant", "identityProvider"],
  revoked_credential: ["tenant", "identityProvider"],
  spoofed_identity_header: ["tenant"],
  tenant_conflict: ["tenant"],
  unknown_key_flood: ["tenant", "identityProvider"],
  jwks_refresh_failed: ["tenant", "identityProvider"],
  stale_jwks_in_use: ["tenant", "identityProvider"],
  idp_keys_expired: ["tenant", "identityProvider"],
  jwk_skipped: ["tenant", "identityProvider"],
  introspection_failed: ["tenant", "identityProvider"],
  breaker_open: ["tenant", "identityProvider"],
  pass_through_active: ["tenant", "identityProvider"],
  rate_limit_exceeded: ["tenant"],
  lockout: ["tenant"],
  snapshot_refused: [],
  last_good_refused: [],
  events_dropped: [],
  unapproved_publish: [],
  node_key_misused: [],
  idp_unreachable: ["tenant", "identityProvider", "issuer"],
  idp_metadata_changed: ["tenant", "identityProvider", "issuer"],
  idp_key_replaced: ["tenant", "identityProvider", "issuer"],
  idp_key_withdrawn: ["tenant", "identityProvider", "issuer"],
  idp_weak_key: ["tenant", "identityProvider", "issuer"],
  idp_algorithms_changed: ["tenant", "identityProvider", "issuer"],
  idp_certificate_expiring: ["tenant", "identityProvider", "issuer"],
  idp_new_key: ["tenant", "identityProvider", "issuer"],
} as const satisfies Record<SecurityEventKind, readonly Member[]>;

/** Kinds that tell of a node rather than of a request: each node is a story of its own. */
const BY_NODE: ReadonlySet<SecurityEventKind> = new Set(["snapshot_refused", "last_good_refused", "events_dropped", "node_key_misused"]);

/** SHA-256 in hex over what groups the event; equal fingerprints are one alert. @param nodeId the node that reported it */
export function fingerprintOf(event: SecurityEvent, nodeId: string): string {
  const members = GROUPED_BY[event.kind].map((member) => event[member]);
  return createHash("sha256")
    .update(JSON.stringify([event.kind, BY_NODE.has(event.kind) ? nodeId : null, ...members]))
    .digest("hex");
}
