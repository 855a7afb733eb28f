const UNITS: readonly (readonly [limit: number, size: number, unit: string])[] = [
  [60_000, 1_000, "s"],
  [3_600_000, 60_000, "min"],
  [86_400_000, 3_600_000, "h"],
  [30 * 86_400_000, 86_400_000, "d"],
];

/** How long ago, in one short figure: `38 s`, `6 min`, `2 h`, `12 d`; older than 30 days gives the date. Times are ms since the epoch. */
export function shortAge(at: number, now: number, zone: string): string {
  const age = Math.max(0, now - at);
  if (age < 1_500) return "now";
  for (const [limit, size, unit] of UNITS) if (age < limit) return `${Math.floor(age / size)} ${unit}`;
  return dateIn(at, zone);
}

/** The same as a phrase: `6 min ago`, `now`, `on 12 Mar 2026`. */
export function agePhrase(at: number, now: number, zone: string): string {
  const age = shortAge(at, now, zone);
  if (age === "now") return "just now";
  return /^\d+ (?:s|min|h|d)$/.test(age) ? `${age} ago` : `on ${age}`;
}

/** How long until a moment: `in 14 min`; `expired` once it has passed. */
export function untilPhrase(at: number, now: number): string {
  const left = at - now;
  if (left <= 0) return "expired";
  for (const [limit, size, unit] of UNITS) if (left < limit) return `in ${Math.max(1, Math.floor(left / size))} ${unit}`;
  return `in ${Math.floor(left / 86_400_000)} d`;
}

/** `12 Mar 2026`. */
export const dateIn = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: zone }).format(at);

/** `14:32`. */
export const clockIn = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);

/** `14:32:07.418`. */
export const preciseClockIn = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZone: zone }).format(at);

/** `12 Mar 2026, 14:32:07` and the zone's short name. */
export const stampIn = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: zone,
    timeZoneName: "short",
  }).format(at);

/** What a pointer over a time shows: the reader's zone and UTC, one above the other. */
export const bothZones = (at: number, zone: string): string => (zone === "UTC" ? stampIn(at, zone) : `${stampIn(at, zone)}\n${stampIn(at, "UTC")}`);
