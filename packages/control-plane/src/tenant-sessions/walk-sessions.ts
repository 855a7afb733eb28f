import type { SessionStore, StoredSession, SubjectOfProvider } from "@sallyport/state-store";

/** A place in a walk over sessions. */
export interface WalkPosition {
  /** Which of the walked sets; empty for a tenant's whole. */
  readonly set: string;
  /** As the store's `after`. */
  readonly after: string;
}

interface Walk {
  /** Null: the tenant's whole. */
  readonly sets: readonly SubjectOfProvider[] | null;
  readonly from: WalkPosition | null;
  /** Sessions that one call to the store looks at. */
  readonly step: number;
}

const HASH_CHARACTERS = 16;

/**
 * Right behind this session, in the store's order by digest. Cursors stand in addresses and logs, and no digest belongs there: its first 64
 * bits tell the place as well, and `g` stands behind every digest that begins with them.
 */
export const placeBehind = (set: string, { digest }: StoredSession): WalkPosition => ({ set, after: `${digest.slice(0, HASH_CHARACTERS)}g` });

/**
 * A tenant's living sessions from a position on, one set after the other: the tenant's whole, or those of one subject at each of its
 * identity providers.
 * @throws StateStoreUnavailable
 */
export async function* walkSessions(
  store: SessionStore,
  tenant: string,
  { sets, from, step }: Walk,
): AsyncGenerator<{ readonly session: StoredSession; readonly set: string }> {
  const walked = sets === null ? [undefined] : [...sets].sort((a, b) => (a.identityProvider < b.identityProvider ? -1 : 1));
  for (const subject of walked) {
    const set = subject?.identityProvider ?? "";
    if (from !== null && set < from.set) continue;
    let after = from?.set === set ? from.after : undefined;
    for (;;) {
      const { sessions, next } = await store.list(tenant, { limit: step, after, subject });
      for (const session of sessions) yield { session, set };
      if (next === null) break;
      after = next;
    }
  }
}
