import type { CompiledSnapshot } from "@sallyport/pipeline";
import type { VerifiedRevision } from "./sync/revision.js";

/** What the node runs. One pointer: a request reads `current` once and uses that to its end. */
export interface SnapshotStore {
  /** Null before the first snapshot. */
  readonly current: CompiledSnapshot | null;
  /** Where `current` came from: the base of the next delta. */
  readonly running: VerifiedRevision | null;
  /** When the running snapshot was swapped in, ms since the epoch. */
  readonly appliedAtMs: number | null;
  swap(compiled: CompiledSnapshot, revision: VerifiedRevision, nowMs: number): void;
  /** Nothing runs any more: every request from now on is refused. */
  clear(): void;
}

export function createSnapshotStore(): SnapshotStore {
  const store = {
    current: null as CompiledSnapshot | null,
    running: null as VerifiedRevision | null,
    appliedAtMs: null as number | null,
    swap(compiled: CompiledSnapshot, revision: VerifiedRevision, nowMs: number) {
      store.current = compiled;
      store.running = revision;
      store.appliedAtMs = nowMs;
    },
    clear() {
      store.current = null;
      store.running = null;
      store.appliedAtMs = null;
    },
  };
  return store;
}
