import type { LimitStore } from "./limits/lease.js";
import type { LockoutStore } from "./lockouts/lockout-store.js";

/** How long an expired session is still known, ms: so long can `session_expired` be told from `session_not_found` (BEHAVIOUR 3c). */
export const TOMBSTONE_MS = 3_600_000;

/** What a login made: whose session it is. All of it is the maker's; the store adds times. */
export interface NewSession {
  /** Name of the tenant's identity provider, and the issuer that it had at the login. */
  readonly identityProvider: string;
  readonly issuer: string;
  readonly subject: string;
  /** The identity provider's own id of its session (`sid`), by which a back-channel logout ends this one. */
  readonly idpSession: string | null;
  /** What else the maker needs to know of it, as it was handed in. */
  readonly data: string;
}

/** How long a session lasts, ms: since it was last used, and at all. */
export interface SessionLife {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** Times are the store's, ms since the epoch; only differences between them mean something to a node. */
export interface StoredSession extends NewSession {
  /** SHA-256 of the session's id, hex. The id itself is nowhere but in the browser. */
  readonly digest: string;
  readonly createdAtMs: number;
  readonly extendedAtMs: number;
  readonly expiresAtMs: number;
}

export type SessionLookup =
  | { readonly state: "live"; readonly session: StoredSession /** The store's clock at the look-up. */; readonly nowMs: number }
  | { readonly state: "expired" }
  | { readonly state: "unknown" };

export interface SubjectOfProvider {
  readonly identityProvider: string;
  readonly subject: string;
}

export interface SessionPage {
  /** Living sessions by digest, ascending. A page can hold fewer than were asked for, also when there are more. */
  readonly sessions: readonly StoredSession[];
  /** `after` of the next page; null when this was the last one. */
  readonly next: string | null;
}

/**
 * The sessions of every tenant. Keys begin with the tenant; nothing here finds a session of one tenant through another. What a call
 * changed is seen by every call that begins after it, from whichever node. Every method throws StateStoreUnavailable, within a second.
 */
export interface SessionStore {
  /** @param digest SHA-256 of the id, hex */
  get(tenant: string, digest: string): Promise<SessionLookup>;
  create(tenant: string, digest: string, session: NewSession, life: SessionLife): Promise<void>;
  /**
   * Moves the expiry of a living session to `idleMs` from now, never past its absolute end, and only when it was last moved at least
   * `everyMs` ago: of any number of callers at once, one writes. Never brings back one that is gone. True when it wrote.
   */
  extend(tenant: string, digest: string, options: { readonly idleMs: number; readonly everyMs: number }): Promise<boolean>;
  /** True when there was one. */
  remove(tenant: string, digest: string): Promise<boolean>;
  /** How many there were; the same for the next two. */
  removeOfSubject(tenant: string, of: SubjectOfProvider): Promise<number>;
  removeOfIdpSession(tenant: string, of: { readonly identityProvider: string; readonly idpSession: string }): Promise<number>;
  removeOfTenant(tenant: string): Promise<number>;
  list(
    tenant: string,
    page: { readonly limit: number; readonly after?: string | undefined; readonly subject?: SubjectOfProvider | undefined },
  ): Promise<SessionPage>;
}

/** Logins that have begun: put once, taken exactly once, gone after their time. */
export interface LoginAttemptStore {
  put(tenant: string, digest: string, data: string, ttlMs: number): Promise<void>;
  /** Null when it was never there, has run out, or was taken before. */
  take(tenant: string, digest: string): Promise<string | null>;
}

/** Small counters of security's own: a window begins with its first count and ends `windowMs` later. */
export interface CounterStore {
  increment(tenant: string, key: string, windowMs: number): Promise<{ readonly count: number; readonly resetsInMs: number }>;
  /** Forgets what was counted. */
  reset(tenant: string, key: string): Promise<void>;
}

/** Proofs of possession that were used (RFC 9449 §11.1), each for its own time. */
export interface ProofStore {
  /** True for the first of all calls with this id within `ttlMs`, at whichever node; a later one does not move its end. */
  use(tenant: string, id: string, ttlMs: number): Promise<boolean>;
}

/** What the nodes of a fleet share. */
export interface StateStore {
  readonly sessions: SessionStore;
  readonly logins: LoginAttemptStore;
  readonly counters: CounterStore;
  readonly limits: LimitStore;
  readonly lockouts: LockoutStore;
  readonly proofs: ProofStore;
  /** @throws StateStoreUnavailable */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The store did not answer, or not in time. Nothing is known then: callers refuse. */
export class StateStoreUnavailable extends Error {
  override readonly name = "StateStoreUnavailable";
}
