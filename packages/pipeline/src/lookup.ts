/** As much of a map as stages ask of it. */
export interface Lookup<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  values(): Iterable<V>;
}

/** From here on hashing is quicker than looking one after the other. */
const MANY = 8;

/** Keys and values in turn: a `Map` takes 220 bytes for its first entry, and ten thousand tenants have several such maps each. */
class Few<V> implements Lookup<V> {
  readonly #entries: readonly (string | V)[];

  constructor(entries: readonly (string | V)[]) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.length / 2;
  }

  get(key: string): V | undefined {
    const entries = this.#entries;
    for (let index = 0; index < entries.length; index += 2) if (entries[index] === key) return entries[index + 1] as V;
    return undefined;
  }

  has(key: string): boolean {
    const entries = this.#entries;
    for (let index = 0; index < entries.length; index += 2) if (entries[index] === key) return true;
    return false;
  }

  values(): Iterable<V> {
    return this.#entries.filter((_, index) => index % 2 === 1) as V[];
  }
}

/** Most tenants have one identity provider and one upstream. */
class One<V> implements Lookup<V> {
  readonly #key: string;
  readonly #value: V;

  constructor(key: string, value: V) {
    this.#key = key;
    this.#value = value;
  }

  get size(): number {
    return 1;
  }

  get(key: string): V | undefined {
    return key === this.#key ? this.#value : undefined;
  }

  has(key: string): boolean {
    return key === this.#key;
  }

  values(): Iterable<V> {
    return [this.#value];
  }
}

const NOTHING: Lookup<never> = new Few<never>([]);

/** The same entries, for good, in as little memory as they need. */
export function lookupOf<V>(map: ReadonlyMap<string, V>): Lookup<V> {
  if (map.size === 0) return NOTHING;
  if (map.size > MANY) return map;
  if (map.size === 1) for (const [key, value] of map) return new One(key, value);
  // Not pushed together: such a list would keep room for sixteen more.
  return new Few([...map].flat().slice() as (string | V)[]);
}
