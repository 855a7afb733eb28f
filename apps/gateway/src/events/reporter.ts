import { randomUUID } from "node:crypto";
import type { DecidedBy, DecisionCount, EventsRequest } from "@sallyport/snapshot/protocol";
import type { Logger } from "pino";
import type { Problems } from "../problems.js";
import { createBackOff } from "../sync/back-off.js";
import type { ApiKeyUses } from "./api-key-uses.js";
import { createDecisionCounts, type DecisionCounts } from "./decision-counts.js";
import { createEventRing } from "./event-ring.js";
import type { UnsentEvent } from "./finding-event.js";
import type { EventSpool } from "./spool.js";

/** What the control plane said to a batch. `rejected`: it can never be accepted, trying again is pointless. */
export type SendResult = "accepted" | "rejected" | "unreachable";

export interface EventReporter {
  /** Never waits, never throws. @param atMs when it happened; now when left out */
  report(event: UnsentEvent, atMs?: number): void;
  /** A request that was let in. */
  allowed: DecisionCounts["allowed"];
  /** A request that was not. */
  count: DecisionCounts["count"];
  /** From here on this revision decides. */
  runs: DecisionCounts["runs"];
  /** Findings that were let go since the start, events with their counts. */
  readonly droppedTotal: number;
  /** Sends, or at least spools, what there is, and stops. */
  close(): Promise<void>;
}

export interface EventReporterDeps {
  readonly send: (batch: EventsRequest) => Promise<SendResult>;
  readonly spool: EventSpool;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
  /** They travel with the counts. */
  readonly keyUses?: ApiKeyUses;
  readonly ringCapacity?: number;
  readonly flushEveryMs?: number;
}

const BATCH_EVENTS = 500;
const BATCH_COUNTS = 5_000;
const BATCH_KEY_USES = 5_000;
/**
 * Counts alone travel this often, ms: a row per minute, tenant, route and result does not gain by more. The more rows there are, the rarer, so
 * that a node with ten thousand tenants in use, and its control plane with a thousand of them, do not spend their time on it.
 */
const COUNTS_EVERY_MS = 5_000;
const COUNTS_EVERY_MS_AT_MOST = 30_000;
const COUNT_ROWS_PER_MS = 0.2;
/** For so long a control plane that did not know which revision decided is not told, ms. */
const WITHOUT_DECIDED_MS = 600_000;

/** What a flush takes along; with the last one everything goes. */
interface What {
  readonly withCounts: boolean;
  readonly isLast: boolean;
}

/**
 * Takes events from the requests and brings them to the control plane at least once: a batch keeps its id through every attempt,
 * and what cannot be sent now goes to disk, and from there in order. What the bounds let go is counted and told.
 */
export function createEventReporter(deps: EventReporterDeps): EventReporter {
  const ring = createEventRing(deps.ringCapacity ?? 10_000);
  const counts = createDecisionCounts(deps.clock.now());
  const backOff = createBackOff();
  let retryAtMs = 0;
  let countsDueMs = deps.clock.now() + COUNTS_EVERY_MS;
  /** Taken and not yet in a batch: one call may bring more than a batch holds. */
  let rows: DecisionCount[] = [];
  /** Goes with the first of them. */
  let decided: DecidedBy[] = [];
  let decidedFromMs = 0;
  let droppedUntold = 0;
  let droppedTotal = 0;
  let turn: Promise<void> = Promise.resolve();
  let waiting = false;

  const noteDropped = (count: number): void => {
    if (count === 0) return;
    droppedUntold += count;
    droppedTotal += count;
    deps.problems.report("events", `${droppedTotal} security events were dropped: the buffer was full while the control plane was away`);
  };

  /** A batch that will not arrive: its events are lost, and what it would have told of earlier losses is untold again. */
  const loseBatch = (batch: EventsRequest): void => {
    droppedUntold += batch.dropped;
    noteDropped(batch.events.reduce((sum, { count }) => sum + count, 0));
  };

  /** @param direct the batch can be sent now: only then is a number of lost events worth one of its own */
  const cut = ({ withCounts, isLast }: What, direct: boolean): EventsRequest | null => {
    noteDropped(ring.takeDropped());
    const events = ring.take(BATCH_EVENTS);
    const now = deps.clock.now();
    const counted = rows.splice(0, BATCH_COUNTS);
    const keyUses = withCounts ? (deps.keyUses?.take(now, BATCH_KEY_USES, isLast) ?? []) : [];
    if (events.length === 0 && counted.length === 0 && keyUses.length === 0 && !(direct && droppedUntold > 0)) return null;
    const batch = {
      ...{ batch: randomUUID(), events, counts: counted, dropped: droppedUntold },
      ...(keyUses.length > 0 && { keyUses }),
      ...(decided.length > 0 && now >= decidedFromMs && { decided }),
    };
    decided = [];
    droppedUntold = 0;
    return batch;
  };

  const keep = async (batch: EventsRequest): Promise<void> => {
    try {
      for (const lost of await deps.spool.add(batch)) loseBatch(lost);
    } catch (error) {
      // A full or read-only disk: the events are lost, and that is told as soon as somebody listens.
      loseBatch(batch);
      deps.problems.report("disk", "security events cannot be written to disk");
      deps.logger.error({ err: error }, "security events cannot be written to disk");
    }
  };

  /** An older control plane rejects a member that it does not know: it is told without, for a while. */
  const send = async (batch: EventsRequest): Promise<SendResult> => {
    const result = await deps.send(batch);
    if (result !== "rejected" || batch.decided === undefined) return result;
    const { decided: _unknown, ...known } = batch;
    const second = await deps.send(known);
    if (second === "accepted") decidedFromMs = deps.clock.now() + WITHOUT_DECIDED_MS;
    return second;
  };

  /** @returns false when the batch has to be kept */
  const deliver = async (batch: EventsRequest): Promise<boolean> => {
    const result = await send(batch);
    if (result === "accepted") {
      backOff.reset();
      retryAtMs = 0;
      return true;
    }
    // Also after a rejection: what made it reject this one may make it reject the next.
    retryAtMs = deps.clock.now() + backOff.next();
    if (result === "unreachable") return false;
    loseBatch(batch);
    deps.logger.error({ batch: batch.batch, events: batch.events.length }, "the control plane rejects a batch of security events");
    return true;
  };

  const drainSpool = async (): Promise<void> => {
    while (deps.spool.batches > 0) {
      const batch = await deps.spool.oldest();
      if (batch === null || deps.clock.now() < retryAtMs || !(await deliver(batch))) return;
      await deps.spool.removeOldest();
    }
  };

  const flush = async (what: What): Promise<void> => {
    const mayTry = deps.clock.now() >= retryAtMs;
    if (mayTry) await drainSpool();
    if (what.withCounts) {
      const now = deps.clock.now();
      const taken = counts.take(now);
      countsDueMs = now + Math.min(Math.max(COUNTS_EVERY_MS, taken.rows.length / COUNT_ROWS_PER_MS), COUNTS_EVERY_MS_AT_MOST);
      rows = rows.concat(taken.rows);
      decided = taken.decided;
    }
    do {
      const direct = deps.spool.batches === 0 && deps.clock.now() >= retryAtMs;
      const batch = cut(what, direct);
      if (batch === null) return;
      if (!direct || !(await deliver(batch))) await keep(batch);
    } while (ring.size > 0 || rows.length > 0);
  };

  const schedule = (what: What): Promise<void> => {
    if (waiting) return turn;
    waiting = true;
    turn = turn
      .then(() => {
        waiting = false;
        return flush(what);
      })
      .catch((error: unknown) => deps.logger.error({ err: error }, "security events could not be flushed"));
    return turn;
  };

  const timer = setInterval(() => {
    const now = deps.clock.now();
    if (counts.empty) counts.beginAt(now);
    const withCounts = now >= countsDueMs && (!counts.empty || (deps.keyUses?.isDue(now) ?? false));
    if (ring.size > 0 || withCounts || deps.spool.batches > 0 || droppedUntold > 0) void schedule({ withCounts, isLast: false });
  }, deps.flushEveryMs ?? 1_000);
  timer.unref();

  return {
    report(event, atMs = deps.clock.now()) {
      ring.push({ ...event, id: randomUUID(), at: new Date(atMs).toISOString() });
      if (ring.size >= BATCH_EVENTS) void schedule({ withCounts: false, isLast: false });
    },
    allowed: counts.allowed,
    count: counts.count,
    runs: counts.runs,
    get droppedTotal() {
      return droppedTotal;
    },
    async close() {
      clearInterval(timer);
      await turn;
      await schedule({ withCounts: true, isLast: true });
    },
  };
}
