/** What is known of a value without opening it. */
export interface ValueFacts {
  readonly name: string;
  readonly version: number;
  /** The secret's type when it was set. */
  readonly type: string;
  /** Addresses that it was set for; empty before it has been sent anywhere. */
  readonly destinations: readonly string[];
}

/** What a value must be for. */
export interface WantedValue {
  readonly type: string;
  readonly destinations: readonly string[];
}

/**
 * The newest value that may be sent to all of these addresses; null when there is none. This is how a changed issuer or endpoint clears
 * the secret (SECURITY §2): its value stays with the addresses that it was set for, and goes to no other before it is set again.
 */
export function valueFor<V extends ValueFacts>(values: readonly V[], wanted: WantedValue): V | null {
  let newest: V | null = null;
  for (const value of values) {
    if (value.type !== wanted.type || (newest !== null && newest.version > value.version)) continue;
    const isFree = value.destinations.length === 0;
    if (isFree || wanted.destinations.every((address) => value.destinations.includes(address))) newest = value;
  }
  return newest;
}
