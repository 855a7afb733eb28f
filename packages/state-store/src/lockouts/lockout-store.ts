/** Whose failures count together (BEHAVIOUR §5). */
export interface LockoutKey {
  /** Slug. */
  readonly tenant: string;
  /** An IPv4 address, or the /64 of an IPv6 address; `*`: from wherever, of a username that is slowed down. */
  readonly address: string;
  /** Whom it tried to sign in as; null for all that it tries. */
  readonly username: string | null;
}

/** So many failures within the window lock out for so long. */
export interface LockoutRule {
  /** 1 to 100. */
  readonly failures: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
}

interface FailureTold {
  /** Who counts it, any text without blanks: the change that a failure brings about names its caller, also where the answer never came. */
  readonly by: string;
  /** Its deny code. */
  readonly reason: string;
  /** Failures that are counted as one step; one when left out. */
  readonly times?: number;
}

export interface CountedFailure {
  /** Within the window, this one included; 0 while the address is locked out, because then nothing counts. */
  readonly failures: number;
  /** 0: not locked out. */
  readonly lockedForMs: number;
  /** This failure locked it out. Of all callers one is told so. */
  readonly opened: boolean;
}

/** Times are the store's, ms since the epoch. */
export interface Lockout extends LockoutKey {
  readonly id: string;
  readonly failures: number;
  /** The deny code of the last failure. */
  readonly reason: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Whom a lockout keeps out: an address altogether, an address of one username, or a username from wherever, which is slowed down. */
export const LOCKOUT_KINDS = ["address", "address_username", "username"] as const;
export type LockoutKind = (typeof LOCKOUT_KINDS)[number];

/** Which lockouts are looked for; null for any. */
export interface LockoutFilter {
  /** Slug. */
  readonly tenant: string | null;
  readonly kind: LockoutKind | null;
  /** Part of an address or of a username, in lower case. */
  readonly text: string | null;
}

/** A lockout that began, or that somebody ended before its time. */
export interface LockoutChange extends LockoutKey {
  readonly id: string;
  /** 0: it was ended. */
  readonly lockedForMs: number;
  /** Whose failure began it; null when that was long ago, or it was ended. */
  readonly openedBy: string | null;
}

/** How far somebody has read. Of another epoch: the store has lost what it knew. */
export interface LockoutCursor {
  readonly epoch: string;
  readonly sequence: number;
}

interface LockoutChanges {
  readonly changes: readonly LockoutChange[];
  readonly cursor: LockoutCursor;
  /** There is more to read at once. */
  readonly more: boolean;
}

/**
 * Failed authentications and who is locked out by them, exact across the nodes. Every method throws StateStoreUnavailable. At most MAX_LOCKOUTS
 * are known at one time; of more, those that would end first are forgotten.
 */
export interface LockoutStore {
  /** What comes while the address is locked out counts nothing. */
  fail(key: LockoutKey, rule: LockoutRule, told: FailureTold): Promise<CountedFailure>;
  /** What changed since, at most 1,000 of it; from the beginning where the cursor is null or of another epoch. */
  changes(after: LockoutCursor | null): Promise<LockoutChanges>;
  /** Those of a tenant that have not ended, the newest first, and how many there are. @param limit at most 500 */
  list(tenant: string, limit: number): Promise<{ readonly lockouts: readonly Lockout[]; readonly total: number }>;
  /** The same of all tenants. @param limit at most 500 */
  find(filter: LockoutFilter, limit: number): Promise<{ readonly lockouts: readonly Lockout[]; readonly total: number }>;
  /** Notes that somebody signed in from there. */
  succeed(key: LockoutKey): Promise<void>;
  /** Whether that was so within the last SUCCESS_KEPT_MS. */
  hasSucceeded(key: LockoutKey): Promise<boolean>;
  /** Ends one before its time and forgets its failures. @returns what it was; null when there is none of this tenant with this id */
  unlock(tenant: string, id: string): Promise<Lockout | null>;
}

export const MAX_LOCKOUTS = 20_000;
/** Changes in one answer. */
export const CHANGES_STEP = 1_000;
/** 90 days. */
export const SUCCESS_KEPT_MS = 7_776_000_000;
/** How long an ended lockout is told of, and who began one, ms: so long may a node have been away without reading everything anew. */
export const ENDED_TOLD_MS = 120_000;
