/** Work of many callers, done together. */
export type Batched<I, O> = (item: I) => Promise<O>;

/** What of a failed batch is tried again alone, at most; beyond it the failure is not one item's. */
const ALONE = 50;

/**
 * Collects what is asked for in one turn of the event loop and while a batch is under way: one statement for a thousand nodes that call at
 * once, and no waiting for one that calls alone. When a batch fails, each of its items is tried by itself: nobody fails for another's sake.
 * @param run gives the results in the order of the items; `most` of them at once
 */
export function batched<I, O>(run: (items: readonly I[]) => Promise<readonly O[]>, most = 500): Batched<I, O> {
  interface Waiting {
    readonly item: I;
    readonly resolve: (result: O) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as O);
    } catch (error) {
      if (batch.length === 1 || batch.length > ALONE) for (const { reject } of batch) reject(error);
      else for (const each of batch) await settle([each]);
    }
  }

  async function drain(): Promise<void> {
    // Everything that comes in this turn goes along.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await settle(batch);
    }
    running = false;
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (running) return;
      running = true;
      void drain();
    });
}
