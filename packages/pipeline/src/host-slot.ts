/**
 * Room in a compiled object for what one host keeps of it. The pipeline makes it empty and never reads it. Two members of the object itself, and
 * no object beside it: among ten thousand tenants each object on the way of a request is a read from memory that no cache has.
 */
export interface HostSlot {
  slotOwner: unknown;
  slotHeld: unknown;
}

/**
 * What a host keeps of compiled objects, in the objects' own slots: found without a look-up among ten thousand others, and gone with them.
 * As a `WeakMap`, for one host at a time: whoever writes into a slot last has it.
 */
export class SlotMap<V> {
  get(slot: HostSlot): V | undefined {
    return slot.slotOwner === this ? (slot.slotHeld as V) : undefined;
  }

  set(slot: HostSlot, value: V): void {
    slot.slotOwner = this;
    slot.slotHeld = value;
  }
}
