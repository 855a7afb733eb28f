const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/;

const partsOf = (version: string): [number, number, number] | null => {
  const match = VERSION.exec(version);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
};

/**
 * Two versions of the software, by Semantic Versioning. One apart is the next minor version, or the first of the next major one; a text that
 * is no version is too far from everything but itself.
 * @returns `order` below 0 when `a` is the older one
 */
export function versionsApart(a: string, b: string): { readonly order: number; readonly isTooFar: boolean } {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one === null || other === null) return { order: one === other ? 0 : one === null ? -1 : 1, isTooFar: a !== b };
  const order = one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
  const newer = order < 0 ? other : one;
  const isTooFar = one[0] === other[0] ? Math.abs(one[1] - other[1]) > 1 : Math.abs(one[0] - other[0]) > 1 || newer[1] > 0;
  return { order, isTooFar };
}
