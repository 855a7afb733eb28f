import type { SecurityEvent } from "@sallyport/snapshot/protocol";

/** Events on their way out: bounded, the oldest go first when it is full, and what went is counted. */
export interface EventRing {
  push(event: SecurityEvent): void;
  /** The oldest, at most `count`, out of the ring. */
  take(count: number): SecurityEvent[];
  readonly size: number;
  /** How many findings went unsent since the last call: events with their counts. */
  takeDropped(): number;
}

export function createEventRing(capacity: number): EventRing {
  const slots: (SecurityEvent | undefined)[] = new Array(capacity);
  let first = 0;
  let size = 0;
  let dropped = 0;
  return {
    push(event) {
      if (size === capacity) {
        dropped += slots[first]?.count ?? 0;
        first = (first + 1) % capacity;
        size -= 1;
      }
      slots[(first + size) % capacity] = event;
      size += 1;
    },
    take(count) {
      const taken: SecurityEvent[] = [];
      while (taken.length < count && size > 0) {
        const event = slots[first];
        slots[first] = undefined;
        first = (first + 1) % capacity;
        size -= 1;
        if (event !== undefined) taken.push(event);
      }
      return taken;
    },
    get size() {
      return size;
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
