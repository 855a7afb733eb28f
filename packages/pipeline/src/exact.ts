const NONE: readonly never[] = Object.freeze([]);

/** The same list, as long in memory as it is: one that grew by `push` keeps room for sixteen more. Empty ones are one. */
export const exact = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? NONE : list.slice());
