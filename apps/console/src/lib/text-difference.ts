/** Two texts cut at where they begin and cease to differ. */
export interface TextDifference {
  readonly start: string;
  readonly left: string;
  readonly right: string;
  readonly end: string;
}

/** Finds the part that differs between two texts, so that it can be marked: a trailing slash, another path segment. */
export function textDifference(left: string, right: string): TextDifference {
  const shortest = Math.min(left.length, right.length);
  let start = 0;
  while (start < shortest && left[start] === right[start]) start++;
  let end = 0;
  while (end < shortest - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return {
    start: left.slice(0, start),
    left: left.slice(start, left.length - end),
    right: right.slice(start, right.length - end),
    end: end === 0 ? "" : left.slice(-end),
  };
}
