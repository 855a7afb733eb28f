/** Key → list, begun from an older index that stays as it is: only lists that change are copied. */
export class MultiIndex<T> {
  readonly #map: Map<string, readonly T[]>;
  readonly #own = new Map<string, T[]>();
  readonly #touched = new Set<string>();

  /** @param copy a copy of the older index, which this one may change */
  constructor(copy: Map<string, readonly T[]>) {
    this.#map = copy;
  }

  add(key: string, value: T): void {
    this.#touched.add(key);
    const own = this.#own.get(key);
    if (own !== undefined) own.push(value);
    // Almost all have one entry, and room for one: neither spread nor pushed together, a list is as long in memory as it is.
    else this.#keep(key, this.get(key).concat(value));
  }

  remove(key: string, value: T): void {
    this.#touched.add(key);
    const list = this.#ownList(key);
    const at = list.indexOf(value);
    if (at >= 0) list.splice(at, 1);
    if (list.length > 0) return;
    this.#own.delete(key);
    this.#map.delete(key);
  }

  /** Puts one in the place of another that says the same under this key. */
  replace(key: string, old: T, value: T): void {
    const list = this.#ownList(key);
    const at = list.indexOf(old);
    if (at >= 0) list[at] = value;
  }

  /** Keys of which the list may say something else than in the older index. */
  touched(): Iterable<string> {
    return this.#touched;
  }

  get(key: string): readonly T[] {
    return this.#map.get(key) ?? [];
  }

  built(): ReadonlyMap<string, readonly T[]> {
    return this.#map;
  }

  #ownList(key: string): T[] {
    const own = this.#own.get(key);
    if (own !== undefined) return own;
    return this.#keep(key, [...this.get(key)]);
  }

  #keep(key: string, list: T[]): T[] {
    this.#own.set(key, list);
    this.#map.set(key, list);
    return list;
  }
}
