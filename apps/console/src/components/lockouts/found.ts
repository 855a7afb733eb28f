import { parseAsString, parseAsStringLiteral } from "nuqs/server";
import type { FleetLockoutRow } from "@/lib/rows";

const KINDS = ["any", "address", "address_username", "username"] as const satisfies readonly ("any" | FleetLockoutRow["kind"])[];
const KIND_LABELS = {
  any: "any",
  address: "an address",
  address_username: "an address, as one username",
  username: "a username, slowed down",
} as const satisfies Record<(typeof KINDS)[number], string>;

/** What the list of all tenants' lockouts shows, as it stands in the URL. */
export const lockoutFilters = {
  kind: parseAsStringLiteral(KINDS).withDefault("any"),
  /** A tenant's slug. */
  tenant: parseAsString.withDefault(""),
  /** A part of an address or a username. */
  q: parseAsString.withDefault(""),
};
export interface LockoutFilters {
  readonly kind: (typeof KINDS)[number];
  readonly tenant: string;
  readonly q: string;
}

export const KIND_OPTIONS = KINDS.map((value) => ({ value, label: KIND_LABELS[value] }));
export const NO_FILTERS: LockoutFilters = { kind: "any", tenant: "", q: "" };
export const isUnfiltered = ({ kind, tenant, q }: LockoutFilters): boolean => kind === "any" && tenant === "" && q.trim() === "";

/** Of more, the newest are shown: whoever is attacked by so many looks for the ones that are meant. */
const SHOWN = 200;

/** The filters as the API takes them. */
export const lockoutSearch = ({ kind, tenant, q }: LockoutFilters) => ({
  ...(kind === "any" ? {} : { kind }),
  ...(tenant ? { tenant: tenant.slice(0, 63) } : {}),
  ...(q.trim() ? { search: q.trim().slice(0, 255) } : {}),
  limit: SHOWN,
});
