/** Whether two JSON values are the same; the order of members says nothing. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [of, other] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  return of.length === Object.keys(b).length && of.every(([key, value]) => Object.hasOwn(other, key) && isSame(value, other[key]));
}
