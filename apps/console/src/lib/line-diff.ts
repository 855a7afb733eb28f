/** A line of a text diff, with its number in the text that it stands in. */
export interface DiffLine {
  readonly kind: "same" | "add" | "del";
  readonly number: number;
  readonly text: string;
}

/**
 * Lines added and removed between two texts, by the longest common subsequence of what lies between their common head and tail.
 * Quadratic in that middle; a middle of more than 4 million pairs is given as removed and added whole.
 */
export function lineDiff(before: string, after: string): DiffLine[] {
  const left = before === "" ? [] : before.split("\n");
  const right = after === "" ? [] : after.split("\n");
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;

  const lines: DiffLine[] = right.slice(0, head).map((text, index) => ({ kind: "same", number: index + 1, text }));
  lines.push(...middleDiff(left.slice(head, left.length - tail), right.slice(head, right.length - tail), head));
  for (let index = right.length - tail; index < right.length; index++) lines.push({ kind: "same", number: index + 1, text: right[index] ?? "" });
  return lines;
}

function middleDiff(left: readonly string[], right: readonly string[], offset: number): DiffLine[] {
  const removed = (index: number): DiffLine => ({ kind: "del", number: offset + index + 1, text: left[index] ?? "" });
  const added = (index: number): DiffLine => ({ kind: "add", number: offset + index + 1, text: right[index] ?? "" });
  if (left.length * right.length > 4_000_000) return [...left.map((_, index) => removed(index)), ...right.map((_, index) => added(index))];

  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i * width + j] =
        left[i] === right[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);

  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      lines.push({ kind: "same", number: offset + j + 1, text: right[j] ?? "" });
      i++;
      j++;
    } else if (i < left.length && (j >= right.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)))
      lines.push(removed(i++));
    else lines.push(added(j++));
  }
  return lines;
}

/** The same with long unchanged stretches left out; `null` stands for a gap. `context` lines stay around each change. */
export function withGaps(lines: readonly DiffLine[], context = 3): (DiffLine | null)[] {
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.kind !== "same") for (let at = index - context; at <= index + context; at++) near.add(at);
  });
  const shown: (DiffLine | null)[] = [];
  lines.forEach((line, index) => {
    if (near.has(index)) shown.push(line);
    else if (shown.length === 0 || shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}
