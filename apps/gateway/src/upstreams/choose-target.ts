/** What choosing needs to know of a target. */
export interface Candidate {
  /** Requests under way. */
  readonly inFlight: number;
  readonly weight: number;
  /** Of the smooth round-robin among equals; written here only. */
  credit: number;
}

/**
 * Least connections: the target with the fewest requests under way for its weight. Equals take turns, by smooth weighted round-robin:
 * each gains its weight, the richest is chosen and pays for all, so that even one request at a time is spread by weight.
 * @returns null when nobody may be chosen
 */
export function chooseTarget<T extends Candidate>(targets: readonly T[], mayBeChosen: (target: T) => boolean): T | null {
  let least: T | null = null;
  for (const target of targets) {
    if (mayBeChosen(target) && (least === null || isLess(target, least))) least = target;
  }
  if (least === null) return null;
  let chosen = least;
  let total = 0;
  for (const target of targets) {
    if (isLess(least, target) || !mayBeChosen(target)) continue;
    target.credit += target.weight;
    total += target.weight;
    if (target.credit > chosen.credit) chosen = target;
  }
  chosen.credit -= total;
  return chosen;
}

const isLess = (a: Candidate, b: Candidate): boolean => a.inFlight * b.weight < b.inFlight * a.weight;
