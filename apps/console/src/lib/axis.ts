const STEPS = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10] as const;

/** The round figure that ends an axis: the smallest of 1, 1.2, 1.6, 2, … times a power of ten that holds the highest value. */
export function axisTop(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = STEPS.find((candidate) => candidate * power >= highest * 0.999) ?? 10;
  return step * power;
}
