import { parseAsString, parseAsStringLiteral } from "nuqs/server";
import { RADAR_STATES } from "@/lib/radar-words";
import type { RadarRow } from "@/lib/rows";

const STATES = ["any", "failing", "attention", "waiting", "well"] as const satisfies readonly ("any" | RadarRow["state"])[];

/** What the list of all providers shows, as it stands in the URL. */
export const radarFilters = {
  state: parseAsStringLiteral(STATES).withDefault("any"),
  /** A part of a tenant's slug, of a provider's name or of its issuer. */
  q: parseAsString.withDefault(""),
};
export interface RadarFilters {
  readonly state: (typeof STATES)[number];
  readonly q: string;
}

export const STATE_OPTIONS = STATES.map((value) => ({ value, label: value === "any" ? "any" : RADAR_STATES[value][1].toLowerCase() }));
export const NO_FILTERS: RadarFilters = { state: "any", q: "" };
export const isUnfiltered = ({ state, q }: RadarFilters): boolean => state === "any" && q.trim() === "";

const PER_PAGE = 50;

/** The filters as the API takes them. */
export const radarSearch = ({ state, q }: RadarFilters, cursor: string | undefined) => ({
  ...(state === "any" ? {} : { state }),
  ...(q.trim() ? { query: q.trim().slice(0, 200) } : {}),
  ...(cursor ? { cursor } : {}),
  limit: PER_PAGE,
});
