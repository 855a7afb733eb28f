/** Room beside a compiled object for what one host keeps of it. The pipeline makes it empty and never reads it. */
export interface HostSlot {
  owner: unknown;
  held: unknown;
}

export const emptySlot = (): HostSlot => ({ owner: null, held: null });

/**
 * What a host keeps of compiled objects, in the objects' own slots: found without a look-up among ten thousand others, and gone with them.
 * As a `WeakMap`, for one host at a time: whoever writes into a slot last has it.
 */
export class SlotMap<V> {
  get({ slot }: { readonly slot: HostSlot }): V | undefined {
    return slot.owner === this ? (slot.held as V) : undefined;
  }

  set({ slot }: { readonly slot: HostSlot }, value: V): void {
    slot.owner = this;
    slot.held = value;
  }
}
