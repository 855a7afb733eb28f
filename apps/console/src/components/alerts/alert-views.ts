import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from "nuqs/server";

export const VIEWS = ["needs", "mine", "cross-tenant", "closed", "all"] as const;
export type AlertView = (typeof VIEWS)[number];
export const SEVERITY_FILTERS = ["any", "critical", "high", "medium", "low"] as const;
export const RANGES = ["3h", "24h", "7d"] as const;
export const RANGE_MS = { "3h": 3 * 3_600_000, "24h": 24 * 3_600_000, "7d": 7 * 24 * 3_600_000 } as const;

/** What the list shows, as it stands in the URL. */
export const alertFilters = {
  view: parseAsStringLiteral(VIEWS).withDefault("needs"),
  q: parseAsString.withDefault(""),
  severity: parseAsStringLiteral(SEVERITY_FILTERS).withDefault("any"),
  grouped: parseAsBoolean.withDefault(true),
};
export interface AlertFilters {
  readonly view: AlertView;
  readonly q: string;
  readonly severity: (typeof SEVERITY_FILTERS)[number];
}

/** The alert whose drawer is open. */
export const openAlert = parseAsInteger;

const ALERTS_PER_PAGE = 50;

const OF_VIEW = {
  needs: { needsSomebody: true },
  mine: { mine: true, needsSomebody: true },
  "cross-tenant": { kind: "cross_tenant_attempt", needsSomebody: true },
  closed: { status: "closed" },
  all: {},
} as const satisfies Record<AlertView, object>;

/** The filters as the API takes them. */
export const alertListInput = ({ view, q, severity }: AlertFilters, cursor: string | undefined) => ({
  ...OF_VIEW[view],
  query: q || undefined,
  severity: severity === "any" ? undefined : severity,
  limit: ALERTS_PER_PAGE,
  cursor,
});
