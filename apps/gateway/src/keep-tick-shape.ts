import { createHook } from "node:async_hooks";

const kept: unknown[] = [];

/**
 * Keeps one entry of `process.nextTick`'s queue for as long as the process lives. The engine forgets the hidden class of these entries when a
 * full collection comes while there is none, which every idle node sees; and each `nextTick` takes the engine's slow way from then on,
 * some twenty times a request (docs/performance.md).
 */
export function keepTickShape(): void {
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === "TickObject" && kept.length === 0) kept.push(resource);
    },
  });
  hook.enable();
  process.nextTick(() => undefined);
  hook.disable();
}
