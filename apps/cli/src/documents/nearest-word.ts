/** Edits (insert, delete, replace) between two words, Levenshtein. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The one of `words` that somebody who wrote `word` most likely meant; null when none is near. */
export function nearestWord(word: string, words: readonly string[]): string | null {
  const far = Math.max(1, Math.floor(word.length / 3)) + 1;
  let best: { word: string; edits: number } | null = null;
  for (const candidate of words) {
    const edits = distance(word.toLowerCase().slice(0, 64), candidate.toLowerCase());
    if (edits < (best?.edits ?? far)) best = { word: candidate, edits };
  }
  return best?.word ?? null;
}
