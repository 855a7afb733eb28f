import type { CompiledIdentityProvider, HostSlot, KeySet } from "@sallyport/pipeline";
import type { JwksState } from "@sallyport/snapshot/protocol";
import type { ImportedKeys } from "./documents.js";
import type { DocumentReader, Held, RemoteDocument } from "./remote-document.js";
import type { UnknownKidWindow } from "./unknown-kid-floods.js";

/** What the key source reads of a compiled IdP. */
export type KeyedIdp = HostSlot & Pick<CompiledIdentityProvider, "id" | "tenant" | "name" | "issuer" | "spec" | "algorithms" | "staleKeysMaxAgeMs">;

/**
 * The keys of one IdP of one tenant, as configured now. What is shared with others is the fetch, not the trust:
 * the set that is handed out is this IdP's own.
 */
export interface IdpKeys extends DocumentReader {
  /** Until then, monotonic ms, `set` is good and nothing else need be looked at: almost every request ends here. */
  unchangedUntil: number;
  /** There was a request since the refresher last came by. */
  used: boolean;
  set: KeySet | null;
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly issuer: string;
  readonly fingerprint: string;
  /** The document that `jwks_uri` leads to; null until discovery has said. */
  document: RemoteDocument<ImportedKeys> | null;
  /** What `set` was made of; null also for a set that a snapshot brought. */
  source: Held<ImportedKeys> | null;
  /** When the fetch of `set` began: monotonic and wall, ms. */
  fetchedAt: number;
  fetchedAtWall: number;
  /** Longest use after `fetchedAt`, ms, as the snapshot in use says. */
  staleMaxAgeMs: number;
  /** Monotonic ms; see `used` for what came after. */
  lastUsed: number;
  notBefore: number;
  /** Why the last refresh failed; null while all is well. */
  error: string | null;
  refreshing: Promise<void> | null;
  /** Waits for its turn in the background; a request that cannot wait goes ahead by itself. */
  queued: boolean;
  /** Number of the last `retain` that found this IdP in its snapshot. */
  sweep: number;
  /** Purged, or no longer in the snapshot: whoever still asks gets a new one. */
  dropped: boolean;
  /** What has been reported in this run of trouble: each finding once, until the IdP has recovered. */
  reported: Reported;
  /** The last cool-down in which unknown `kid`s were refused. */
  unknownKids: UnknownKidWindow | null;
}

export interface Reported {
  readonly failed: boolean;
  readonly stale: boolean;
  readonly expired: boolean;
  readonly skipped: string;
}
/** Of all that are well: one object. */
export const NOTHING_REPORTED: Reported = { failed: false, stale: false, expired: false, skipped: "" };

/** What must be equal for two compiled IdPs of one id to share their keys. */
export const fingerprintOf = (idp: KeyedIdp): string => JSON.stringify([idp.issuer, idp.spec.keys, [...idp.algorithms].sort()]);

export function createIdpKeys(idp: KeyedIdp, fingerprint: string): IdpKeys {
  // What almost every request reads comes first, and stands together in memory.
  return {
    unchangedUntil: Number.NEGATIVE_INFINITY,
    used: false,
    set: null,
    dropped: false,
    id: idp.id,
    tenant: idp.tenant,
    name: idp.name,
    issuer: idp.issuer,
    fingerprint,
    document: null,
    source: null,
    fetchedAt: Number.NEGATIVE_INFINITY,
    fetchedAtWall: 0,
    staleMaxAgeMs: idp.staleKeysMaxAgeMs,
    lastUsed: Number.NEGATIVE_INFINITY,
    notBefore: Number.NEGATIVE_INFINITY,
    error: null,
    refreshing: null,
    queued: false,
    sweep: 0,
    reported: NOTHING_REPORTED,
    unknownKids: null,
  };
}

/** From now on it reads this document, and no other. */
export function readFrom(keys: IdpKeys, document: RemoteDocument<ImportedKeys> | null): void {
  if (document === keys.document) return;
  keys.document?.removeReader(keys);
  // A refresh that was under way when they were dropped comes here, too: nobody asks these keys any more.
  if (!keys.dropped) document?.addReader(keys);
  keys.document = document;
  keys.unchangedUntil = Number.NEGATIVE_INFINITY;
}

/** Whoever still has it asks for another one. */
export function drop(keys: IdpKeys): void {
  readFrom(keys, null);
  keys.dropped = true;
  keys.unchangedUntil = Number.NEGATIVE_INFINITY;
}

/** Keys may be used through their TTL in any case, and as stale ones up to the IdP's cap. */
export const usableForMs = (keys: IdpKeys, ttlMs: number): number => Math.max(ttlMs, keys.staleMaxAgeMs);

/** What this node can do with the IdP's keys. */
export function conditionOf(keys: IdpKeys, now: number, ttlMs: number): JwksState["state"] {
  const age = now - keys.fetchedAt;
  if (keys.set === null) return keys.error === null ? "unused" : "failing";
  if (age >= usableForMs(keys, ttlMs)) return "expired";
  if (age >= ttlMs) return "stale";
  return keys.error === null ? "fresh" : "failing";
}

/** For the heartbeat. */
export function stateOf(keys: IdpKeys, now: number, ttlMs: number): JwksState {
  return {
    tenant: keys.tenant,
    identityProvider: keys.name,
    state: conditionOf(keys, now, ttlMs),
    kids: (keys.set?.keys ?? []).flatMap(({ kid }) => (kid === null ? [] : [kid.slice(0, 256)])).slice(0, 100),
    fetchedAt: keys.set === null ? null : new Date(keys.fetchedAtWall).toISOString(),
    lastError: keys.error?.slice(0, 512) ?? null,
  };
}
