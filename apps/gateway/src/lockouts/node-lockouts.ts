import { randomUUID } from "node:crypto";
import { ANYWHERE, type FailedAuthentication, type Lockouts, type SecurityFinding } from "@sallyport/pipeline";
import { createFailureWindows, type LockoutChange, type LockoutCursor, type LockoutKey, type LockoutStore } from "@sallyport/state-store";
import type { Problems } from "../problems.js";
import { createLockedAddresses, nameOf } from "./locked-addresses.js";

/** Between two looks at what other nodes locked out, and somebody let in again. */
const LOOK_EVERY_MS = 250;
const FORGET_EVERY_MS = 5_000;
/** Failures that the store is told of at one time: those who look up sessions need its connections, too, also while somebody tries credentials. */
const MAX_ASKING = 8;
/** Failures that wait for their turn, about 300 bytes each; what comes beyond them counts at this node alone. */
const MAX_WAITING = 10_000;
/** So long without an answer, a node reads everything anew: the store tells of ended lockouts for twice as long. */
const READ_ANEW_MS = 60_000;

export interface NodeLockouts extends Lockouts {
  /** Counts a failed authentication. Never waits, never throws. @param tell of the lockout that it brings about, if it does */
  failed(failure: FailedAuthentication, tell: (finding: SecurityFinding) => void): void;
  /** Addresses that are locked out, as far as this node knows. */
  readonly size: number;
  /** Tells what began in the last moment, and stops. */
  close(): Promise<void>;
}

export interface NodeLockoutsDeps {
  /** Null on a node without one: it then counts by itself. */
  readonly store: LockoutStore | null;
  /** Monotonic ms. */
  readonly clock: { now(): number };
  readonly problems: Problems;
}

/** A failure as this node has counted it. */
interface Counted {
  readonly failure: FailedAuthentication;
  /** By this node's own count. */
  readonly locksOut: boolean;
  readonly tell: (finding: SecurityFinding) => void;
}

/** Failures of one key that the store was told of. */
interface Asked {
  last: Counted;
  /** Not answered yet. */
  open: number;
  /** One of them began a lockout, or its answer never came: what came of it is among the changes. */
  unsettled: boolean;
}

function findingOf({ tenant, address, username, rule, refuses }: FailedAuthentication): SecurityFinding {
  const { failures, windowMs, lockoutMs } = rule;
  if (address === ANYWHERE && username !== null) {
    const detail = `sign-ins as ${JSON.stringify(username)} failed ${failures} times within ${windowMs / 1_000} s, from wherever they came, and are slowed down for ${lockoutMs / 1_000} s`;
    return { kind: "lockout", tenant, tokenTenant: null, identityProvider: null, subject: username, issuer: null, detail };
  }
  const consequence = refuses ? `is locked out for ${lockoutMs / 1_000} s` : "would be locked out; the policy only observes";
  const who = username === null ? address : `${address}, signing in as ${JSON.stringify(username)},`;
  const detail = `${who} failed to authenticate ${failures} times within ${windowMs / 1_000} s and ${consequence}`;
  return { kind: "lockout", tenant, tokenTenant: null, identityProvider: null, subject: username, issuer: null, detail };
}

/**
 * Lockouts of the fleet at one node (BEHAVIOUR §5). The store counts, and of all nodes it tells one that a lockout began. The node counts
 * along: the failure that locks out does so here before the next request is read, and while the store is away this is what holds. Requests are
 * held against the node's memory alone, which the store's changes keep up to date.
 */
export function createNodeLockouts({ store, clock, problems }: NodeLockoutsDeps): NodeLockouts {
  const locked = createLockedAddresses(clock);
  const windows = createFailureWindows({ clock });
  /** Lockouts of this node's own that the store has not been told of. */
  const untold = new Map<string, FailedAuthentication>();
  const waiting: Counted[] = [];
  /** By this name the store tells which lockouts failures at this node began. */
  const self = randomUUID();
  const asked = new Map<string, Asked>();
  let asking = 0;
  let looking = false;
  let cursor: LockoutCursor | null = null;
  let readAt = clock.now();
  let forgotAt = readAt;

  const remainingOf = ({ tenant, address, username }: LockoutKey): number => locked.remainingMs(tenant, address, username);

  const away = (): void => problems.report("lockouts", "failed authentications count at this node alone: the state store is away");

  /** What led to it counts no more, here as in the store. */
  const lockedElsewhere = (key: LockoutKey, forMs: number): void => {
    locked.lock(key, forMs);
    windows.forget(nameOf(key));
  };

  const letIn = (key: LockoutKey): void => {
    locked.unlock(key);
    windows.forget(nameOf(key));
    untold.delete(nameOf(key));
  };

  /** Without the store's word: by what this node has counted. */
  const alone = ({ failure, locksOut, tell }: Counted): void => {
    if (!locksOut) return;
    asked.delete(nameOf(failure));
    if (store !== null) untold.set(nameOf(failure), failure);
    tell(findingOf(failure));
  };

  const ask = (to: LockoutStore, counted: Counted): void => {
    const { failure } = counted;
    const name = nameOf(failure);
    const about = asked.get(name) ?? { last: counted, open: 0, unsettled: false };
    about.last = counted;
    about.open += 1;
    asked.set(name, about);
    if (asked.size > MAX_WAITING) asked.delete(asked.keys().next().value ?? "");
    asking += 1;
    to.fail(failure, failure.rule, { by: self, reason: failure.reason })
      .then(
        ({ failures, lockedForMs, opened }) => {
          windows.learn(name, failures);
          if (lockedForMs > 0) lockedElsewhere(failure, lockedForMs);
          about.unsettled ||= opened;
          if (about.open === 1 && !about.unsettled && asked.get(name) === about) asked.delete(name);
          // Failures were counted here while the store could not be asked.
          if (!opened && lockedForMs === 0) alone(counted);
        },
        () => {
          away();
          about.unsettled = true;
          // Whoever waits would be counted when the store is back, long after it failed.
          for (const each of [counted, ...waiting.splice(0)]) alone(each);
        },
      )
      .finally(() => {
        asking -= 1;
        about.open -= 1;
        const next = waiting.shift();
        if (next !== undefined) ask(to, next);
      });
  };

  /** What this node locked out alone holds everywhere, and can be seen and ended, once the store knows of it. */
  const tellStore = async (to: LockoutStore): Promise<void> => {
    for (const [name, failure] of untold) {
      const lockoutMs = Math.ceil(remainingOf(failure));
      if (lockoutMs > 0) await to.fail(failure, { ...failure.rule, lockoutMs }, { by: self, reason: failure.reason, times: failure.rule.failures });
      untold.delete(name);
    }
  };

  /** Of a lockout tells the node whose failure began it, once, and not by the answer: that may have come too late. */
  const tellOf = (change: LockoutChange): void => {
    const name = nameOf(change);
    const about = asked.get(name);
    if (about === undefined || change.openedBy !== self) return;
    asked.delete(name);
    about.last.tell(findingOf(about.last.failure));
  };

  const readChanges = async (from: LockoutStore): Promise<void> => {
    if (clock.now() - readAt > READ_ANEW_MS) cursor = null;
    for (;;) {
      const { changes, cursor: next, more } = await from.changes(cursor);
      for (const change of changes) {
        if (change.lockedForMs > 0) lockedElsewhere(change, change.lockedForMs);
        else letIn(change);
        tellOf(change);
      }
      cursor = next;
      if (!more) break;
    }
    readAt = clock.now();
  };

  const look = (): void => {
    if (clock.now() - forgotAt > FORGET_EVERY_MS) {
      forgotAt = clock.now();
      locked.forgetEnded();
    }
    if (store === null || looking) return;
    looking = true;
    readChanges(store)
      .then(() => tellStore(store))
      .then(() => problems.clear("lockouts"), away)
      .finally(() => {
        looking = false;
      });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();

  return {
    get any() {
      return locked.any;
    },
    get size() {
      return locked.size;
    },
    remainingMs: locked.remainingMs,
    failed(failure, tell) {
      // Decided before the lockout began: it counts no more than what comes after.
      if (remainingOf(failure) > 0) return;
      const locksOut = windows.fail(nameOf(failure), failure.rule);
      if (locksOut) locked.lock(failure, failure.rule.lockoutMs);
      const counted = { failure, locksOut, tell };
      if (store === null || waiting.length >= MAX_WAITING) alone(counted);
      else if (asking >= MAX_ASKING) waiting.push(counted);
      else ask(store, counted);
    },
    async close() {
      clearInterval(timer);
      // A store that is away has told its problem already.
      if (store !== null && asked.size > 0) await readChanges(store).catch(() => undefined);
    },
  };
}
