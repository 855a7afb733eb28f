const GROUPED = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** `412,908`. */
export const count = (value: number): string => GROUPED.format(value === 0 ? 0 : value);

/** `1 tenant`, `14 tenants`. */
export const countOf = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** A rate or a time with as many digits as mean something: `0.4`, `31.4`, `412`. */
export const figure = (value: number): string => (value < 100 ? value.toFixed(1).replace(/\.0$/, "") : count(value));

/** A share between 0 and 1 as a percentage without its sign: `0.84`, `6.2`, `100`; null as a dash. */
export const percent = (share: number | null): string =>
  share === null ? "–" : share === 0 ? "0" : share < 0.1 ? (share * 100).toFixed(2) : share < 0.9995 ? (share * 100).toFixed(1) : "100";

/** Bytes as people read them: `6.4 KiB`. */
export const bytes = (value: number): string =>
  value < 1024 ? `${value} B` : value < 1024 * 1024 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 / 1024).toFixed(1)} MiB`;

/** Milliseconds as people read them: `41 ms`, `1.8 s`. */
export const duration = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

/** Whole seconds as people read them: `1 h`, `5 min`, `90 s`. */
export const timeSpan = (seconds: number): string =>
  seconds > 0 && seconds % 3_600 === 0
    ? `${count(seconds / 3_600)} h`
    : seconds > 0 && seconds % 60 === 0
      ? `${count(seconds / 60)} min`
      : `${count(seconds)} s`;

/** `a`, `a or b`, `a, b or c`. */
export const listed = (phrases: readonly string[], word: "and" | "or"): string =>
  phrases.length < 2 ? (phrases[0] ?? "") : `${phrases.slice(0, -1).join(", ")} ${word} ${phrases.at(-1)}`;

/** First digits of a hash, as they stand beside a revision's number. */
export const shortHash = (hash: string): string => hash.slice(0, 6);

const SMALL = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"] as const;

/** Small numbers as words, for sentences: `three`, `14`. */
export const inWords = (value: number): string => SMALL[value] ?? count(value);

/** The first letter in capitals, for the beginning of a sentence. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `MO` for Mara Okafor. */
export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  const [first = "?", second] = words;
  return (second ? first.charAt(0) + second.charAt(0) : first.slice(0, 2)).toUpperCase();
}

/** An issuer without its scheme, as lists show it. Nothing else is cut: what differs is often at the end. */
export const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, "");
