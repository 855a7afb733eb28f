/** Runs tasks in the background, a few at a time, in order. A task's failure is the task's own affair. */
export interface Lane {
  run(task: () => Promise<unknown>): void;
}

export function createLane(width: number): Lane {
  const waiting: (() => Promise<unknown>)[] = [];
  let running = 0;
  const next = () => {
    while (running < width) {
      const task = waiting.shift();
      if (task === undefined) return;
      running += 1;
      void task()
        .catch(() => undefined)
        .then(() => {
          running -= 1;
          next();
        });
    }
  };
  return {
    run(task) {
      waiting.push(task);
      next();
    },
  };
}
