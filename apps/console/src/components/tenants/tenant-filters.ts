import { parseAsString, parseAsStringLiteral } from "nuqs/server";

export const STATUSES = ["any", "active", "suspended"] as const;
export const STATES = ["any", "unpublished", "published", "without_idp"] as const;
export const SORTS = ["slug", "name", "newest"] as const;
export const HEIGHTS = ["30", "36", "44"] as const;

/** The list's filters as they stand in the URL. */
export const tenantFilters = {
  q: parseAsString.withDefault(""),
  status: parseAsStringLiteral(STATUSES).withDefault("any"),
  state: parseAsStringLiteral(STATES).withDefault("any"),
  sort: parseAsStringLiteral(SORTS).withDefault("slug"),
};

export interface TenantFilters {
  readonly q: string;
  readonly status: (typeof STATUSES)[number];
  readonly state: (typeof STATES)[number];
  readonly sort: (typeof SORTS)[number];
}

export const TENANTS_PER_PAGE = 50;

/** The filters as the API takes them. */
export const tenantListInput = (filters: TenantFilters, cursor: string | undefined) => ({
  query: filters.q || undefined,
  status: filters.status === "any" ? undefined : filters.status,
  state: filters.state === "any" ? undefined : filters.state,
  sort: filters.sort,
  limit: TENANTS_PER_PAGE,
  cursor,
});
