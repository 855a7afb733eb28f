/** Room that a caller has for the bucket of one key: with it, the bucket is not looked up among all the others. */
export interface BucketSlot {
  slotOwner: unknown;
  slotHeld: unknown;
}
