/** Runs tasks in the background, a few at a time, in order, and no faster than it must. A task's failure is the task's own affair. */
export interface Lane {
  run(task: () => Promise<unknown>): void;
}

export interface LaneLimits {
  /** Tasks at once. */
  readonly width: number;
  /** Between two starts, ms, unless those that wait would then not all have begun in time. */
  readonly gapMs: number;
  /** In what time a crowd should have begun, ms. */
  readonly withinMs: () => number;
}

/**
 * Ten thousand IdPs whose keys were fetched in one minute are due in one minute. Each refresh is little work; all of them in a row would be
 * seconds in which the node does nothing else.
 */
export function createLane({ width, gapMs, withinMs }: LaneLimits): Lane {
  const waiting: (() => Promise<unknown>)[] = [];
  let running = 0;
  let taken = 0;
  let resting = false;
  let until = 0;

  const take = (): (() => Promise<unknown>) | undefined => {
    const task = waiting[taken];
    taken += 1;
    // Taken out in blocks: from the front of a long list, one by one, each would move all the others.
    if (taken === 1_000 || taken === waiting.length) {
      waiting.splice(0, taken);
      taken = 0;
    }
    return task;
  };
  const rest = (): void => {
    const now = performance.now();
    if (now >= until) until = now + withinMs();
    resting = true;
    setTimeout(
      () => {
        resting = false;
        next();
      },
      Math.min(gapMs, (until - now) / (waiting.length - taken + 1)),
    ).unref();
  };
  const next = (): void => {
    if (resting || running >= width || taken === waiting.length) return;
    const task = take();
    if (task === undefined) return;
    running += 1;
    task()
      .catch(() => undefined)
      .finally(() => {
        running -= 1;
        next();
      });
    rest();
  };
  return {
    run(task) {
      waiting.push(task);
      next();
    },
  };
}
