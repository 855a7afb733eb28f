import { drop, type IdpKeys, type KeyedIdp } from "./idp-keys.js";

interface WithProviders {
  readonly identityProviders: { values(): Iterable<KeyedIdp> };
}

export interface RetainedSnapshot {
  readonly issuers: ReadonlyMap<string, readonly KeyedIdp[]>;
  /** Tenants that it has otherwise than the snapshot that was retained before; null: any may be another one. */
  readonly changes: { readonly brought: readonly WithProviders[]; readonly gone: readonly WithProviders[] } | null;
}

export interface RetentionDeps {
  readonly byFingerprint: Map<string, { readonly keys: IdpKeys; readonly idp: KeyedIdp }>;
  readonly nameOf: (idp: KeyedIdp) => string;
  /** The IdP's keys, whether or not there were any. */
  readonly keysOf: (idp: KeyedIdp) => IdpKeys;
  /** The keys that this very object was given. */
  readonly known: (idp: KeyedIdp) => IdpKeys | undefined;
  /** Lets go of documents that nobody reads. */
  readonly dropUnused: () => void;
}

/** Which IdPs' keys stay when another snapshot is applied. */
export function createRetention({ byFingerprint, nameOf, keysOf, known, dropUnused }: RetentionDeps) {
  let sweep = 0;
  /** The snapshot of which only the changes were looked at so far. */
  let unswept: RetainedSnapshot | null = null;

  const dropAll = (left: readonly [fingerprint: string, keys: IdpKeys][]): void => {
    let dropped = false;
    for (const [fingerprint, keys] of left) {
      drop(keys);
      dropped = byFingerprint.delete(fingerprint);
    }
    if (dropped) dropUnused();
  };

  /** Compiled anew, or never used: only those with keys here are looked at. */
  const rebind = (idps: readonly KeyedIdp[]): void => {
    if (idps.length === 0) return;
    const ids = new Set([...byFingerprint.values()].map(({ keys }) => keys.id));
    for (const idp of idps) if (ids.has(idp.id)) keysOf(idp).sweep = sweep;
  };

  const retainAll = ({ issuers }: RetainedSnapshot): void => {
    unswept = null;
    sweep += 1;
    const unbound: KeyedIdp[] = [];
    for (const idps of issuers.values()) {
      for (const idp of idps) {
        const keys = known(idp);
        if (keys === undefined || keys.dropped) unbound.push(idp);
        else keys.sweep = sweep;
      }
    }
    rebind(unbound);
    const left: [string, IdpKeys][] = [];
    for (const [fingerprint, { keys }] of byFingerprint) if (keys.sweep !== sweep) left.push([fingerprint, keys]);
    dropAll(left);
  };

  /** What a request of an older revision still makes of an IdP that is gone, the next sweep finds. */
  const retainChanged = ({ brought, gone }: NonNullable<RetainedSnapshot["changes"]>): void => {
    for (const { identityProviders } of brought) for (const idp of identityProviders.values()) if (byFingerprint.has(nameOf(idp))) keysOf(idp);
    const left: [string, IdpKeys][] = [];
    for (const { identityProviders } of gone) {
      for (const idp of identityProviders.values()) {
        const fingerprint = nameOf(idp);
        const entry = byFingerprint.get(fingerprint);
        // Else taken over by the one that stands in its place.
        if (entry?.idp === idp) left.push([fingerprint, entry.keys]);
      }
    }
    dropAll(left);
  };

  return {
    /** Drops what the snapshot no longer names. */
    retain(compiled: RetainedSnapshot): void {
      if (compiled.changes === null) retainAll(compiled);
      else {
        retainChanged(compiled.changes);
        unswept = compiled;
      }
    },
    /** From time to time: looks at all of a snapshot of which only the changes were looked at. */
    sweep(): void {
      if (unswept !== null) retainAll(unswept);
    },
  };
}
