const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** How long ago, in its largest unit: `4 min ago`. A clock that is behind gives `now`. */
export function age(moment: string | null, now: number): string {
  if (moment === null) return "never";
  const ms = now - Date.parse(moment);
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)} ${unit} ago`;
  return "now";
}
