/** Proofs by the second in which they may be forgotten. */
const SLOT_MS = 1_000;

export interface ProofMemory {
  /** `full`: it is not known, and there is no room to know it by. Nothing is forgotten before its time to make some. */
  note(id: string, keepUntilMs: number): "first" | "again" | "full";
  /** As if it had never been noted. */
  release(id: string): void;
  readonly size: number;
}

/**
 * What this node has seen of proofs: exact, and bounded by `max`. Each is kept until its own time is over, and no longer than until the second
 * after it.
 * @throws RangeError when `max` is not a positive whole number
 */
export function createProofMemory({ max, now }: { readonly max: number; readonly now: () => number }): ProofMemory {
  if (!Number.isSafeInteger(max) || max < 1) throw new RangeError("max must be a positive whole number");
  const slots = new Map<number, Set<string>>();
  const slotOf = new Map<string, number>();
  let sweptTo = Number.NEGATIVE_INFINITY;

  const forget = (slot: number, ids: ReadonlySet<string>): void => {
    for (const id of ids) slotOf.delete(id);
    slots.delete(slot);
  };
  /** At most once a second; the slots are as many as the seconds for which a proof can be good. */
  const sweep = (): void => {
    const over = Math.floor(now() / SLOT_MS);
    if (!(over > sweptTo)) return;
    sweptTo = over;
    for (const [slot, ids] of slots) if (slot < over) forget(slot, ids);
  };

  return {
    note(id, keepUntilMs) {
      sweep();
      if (slotOf.has(id)) return "again";
      if (slotOf.size >= max) return "full";
      const slot = Math.floor(keepUntilMs / SLOT_MS);
      const ids = slots.get(slot) ?? new Set();
      slots.set(slot, ids.add(id));
      slotOf.set(id, slot);
      return "first";
    },
    release(id) {
      const slot = slotOf.get(id);
      if (slot === undefined) return;
      slotOf.delete(id);
      const ids = slots.get(slot);
      ids?.delete(id);
      if (ids?.size === 0) slots.delete(slot);
    },
    get size() {
      return slotOf.size;
    },
  };
}
