import type { RadarFindingCode } from "@sallyport/control-plane";
import type { Tone } from "@/ui/status";
import type { RadarRow } from "./rows";

/** How a provider is, in a word; what each means stands in docs/radar.md. */
export const RADAR_STATES = {
  failing: ["fail", "Brings no keys"],
  attention: ["att", "Look at it"],
  waiting: ["pend", "Not asked yet"],
  well: ["ok", "Well"],
} as const satisfies Record<RadarRow["state"], readonly [Tone, string]>;

/** What was found, in a few words. */
export const FINDING_WORDS: Readonly<Record<RadarFindingCode, string>> = {
  unreachable: "Brings no keys",
  issuer_changed: "Names another issuer",
  jwks_uri_changed: "Keys have moved",
  endpoints_changed: "Endpoints have moved",
  key_replaced: "Key replaced under its name",
  key_withdrawn: "Key gone while nodes hold it",
  weak_key: "Key that may not be used",
  algorithms_changed: "Other algorithms",
  certificate_expiring: "Certificate runs out soon",
  new_key: "New key",
};

/** Where a key's life lies on the strip, in percent of it. */
export interface Span {
  readonly left: number;
  readonly width: number;
}

const DAY_MS = 86_400_000;
/** At least this much is shown, so that a key of a minute is not a whole life; at most what the radar remembers. */
const LEAST_MS = 7 * DAY_MS;
const MOST_MS = 90 * DAY_MS;
const LEAST_WIDTH = 1.5;

/** The strip's beginning: a little before the oldest key that is shown. @param now ms since the epoch */
export function stripFrom(firstSeen: readonly number[], now: number): number {
  const age = Math.max(LEAST_MS, ...firstSeen.map((at) => (now - at) * 1.04));
  return now - Math.min(age, MOST_MS);
}

/** @param until when the key was found to be gone; null for one that is published */
export function spanOf({ firstSeen, until }: { readonly firstSeen: number; readonly until: number | null }, from: number, now: number): Span {
  const place = (at: number): number => Math.min(100, Math.max(0, ((at - from) / (now - from)) * 100));
  const [left, right] = [place(firstSeen), place(until ?? now)];
  const width = Math.max(LEAST_WIDTH, right - left);
  return { left: Math.min(left, 100 - width), width };
}
