/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @param {number} value @param {number} digits */
export const rounded = (value, digits = 2) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : null);

/** Least, median, most. @param {readonly number[]} values @param {number} digits */
export const spread = (values, digits = 0) => ({
  min: rounded(Math.min(...values), digits),
  median: rounded(median(values), digits),
  max: rounded(Math.max(...values), digits),
});

/** @param {readonly number[]} values @param {number} share */
export const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
