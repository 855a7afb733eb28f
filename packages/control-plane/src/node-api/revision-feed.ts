import { randomUUID } from "node:crypto";
import { type Listener, notify, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import type { ControlPlaneDeps } from "../deps.js";
import { REVISION_CHANNEL } from "../publish/write-revision.js";
import type { NodeDirectory } from "./node-directory.js";

/** Payload on the revisions' channel when something about nodes changed: one was revoked, or shall try again. */
export const NODES_CHANGED = "nodes";

/**
 * Wakes waiting polls: by the database's notification at once, and, should that be lost, by looking every 5 s.
 * It listens from the first poll on, and not before.
 */
export interface RevisionFeed {
  /** Rises with each change. Read it before you look at the state, hand it to `wait` after. */
  generation(): number;
  /** Until something changed since that generation, the time is over, or the caller has gone. */
  wait(since: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Whether it hears the database now, and since when that is so, ms since the epoch. Null before the first poll. */
  state(): { readonly isListening: boolean; readonly since: number } | null;
  /** Sends a notification by the database and waits until it is heard here. @returns false when it is not heard in time */
  prove(timeoutMs: number): Promise<boolean>;
  /** Is called at each change, before anybody is woken. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;

export function createRevisionFeed(deps: ControlPlaneDeps, directory: NodeDirectory): RevisionFeed {
  const listeners: (() => void)[] = [];
  const waiting = new Set<() => void>();
  let generation = 0;
  let newest: number | null = null;
  let rollout: string | null = null;
  let listener: Listener | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let changedAt = 0;
  const proofs = new Map<string, () => void>();

  const change = (): void => {
    generation += 1;
    for (const each of listeners) each();
    for (const wake of [...waiting]) wake();
  };

  const anew = (): void => {
    directory.forget();
    change();
  };

  async function look(): Promise<void> {
    const [row, last] = await Promise.all([
      deps.data.fleet.revision.findFirst({ orderBy: { number: "desc" }, select: { number: true } }),
      deps.data.fleet.rollout.findFirst({ orderBy: { revision: "desc" }, select: { revision: true, version: true } }),
    ]);
    const number = row?.number ?? 0;
    const step = last === null ? "" : `${last.revision}/${last.version}`;
    if ((newest !== null && number !== newest) || (rollout !== null && step !== rollout)) anew();
    newest = number;
    rollout = step;
  }

  const lookLater = (): void => {
    // Jittered, so that replicas do not ask in step.
    timer = setTimeout(
      () => {
        look()
          .catch((error: unknown) =>
            deps.log.warn({ err: error }, "The database could not be asked for the newest revision; it is asked again in 5 s."),
          )
          .finally(() => {
            if (!closed) lookLater();
          });
      },
      LOOK_EVERY_MS * (0.8 + Math.random() * 0.4),
    ).unref();
  };

  const start = (): void => {
    if (listener !== null || closed) return;
    listener = deps.data.listen(
      REVISION_CHANNEL,
      (payload) => {
        const proof = proofs.get(payload);
        if (proof !== undefined) return proof();
        failpoint("sync.heard");
        // A revision changes nothing about nodes: what is known of a thousand of them is not read again when all of them wake.
        if (payload === NODES_CHANGED) directory.forget();
        else newest = Math.max(newest ?? 0, Number(payload) || 0);
        change();
      },
      // What was notified while nobody listened is lost: everybody looks anew.
      {
        onListening() {
          changedAt = deps.clock.now();
          anew();
        },
        onLost(error) {
          changedAt = deps.clock.now();
          deps.log.warn({ err: error }, "Notifications of the database are lost; polls look every 5 s.");
        },
      },
    );
    changedAt = deps.clock.now();
    lookLater();
  };

  return {
    generation() {
      start();
      return generation;
    },
    state: () => (listener === null ? null : { isListening: listener.listening, since: changedAt }),
    async prove(timeoutMs) {
      start();
      const payload = `proof ${randomUUID()}`;
      const heard = new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), timeoutMs);
        proofs.set(payload, () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      try {
        await withFleet(deps.data.fleet, (tx) => notify(tx, REVISION_CHANNEL, payload));
        return await heard;
      } finally {
        proofs.get(payload)?.();
        proofs.delete(payload);
      }
    },
    onChange: (each) => void listeners.push(each),
    wait(since, timeoutMs, signal) {
      if (generation !== since || signal.aborted || closed) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          waiting.delete(done);
          clearTimeout(limit);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const limit = setTimeout(done, timeoutMs);
        waiting.add(done);
        signal.addEventListener("abort", done, { once: true });
      });
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const wake of [...waiting]) wake();
      await listener?.close();
    },
  };
}
