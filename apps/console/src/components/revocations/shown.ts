import { parseAsString, parseAsStringLiteral } from "nuqs/server";
import type { RevocationRow } from "@/lib/rows";

const SHOWN = ["all", "spreading", "in_force", "past"] as const;
export type Shown = (typeof SHOWN)[number];
const KINDS = ["any", "token", "subject", "suspension", "api_key", "session", "idp_keys", "node"] as const satisfies readonly (
  | "any"
  | RevocationRow["kind"]
)[];
type Kind = (typeof KINDS)[number];

/** What a list of revocations shows, as it stands in the URL. */
export const revocationFilters = {
  show: parseAsStringLiteral(SHOWN).withDefault("all"),
  kind: parseAsStringLiteral(KINDS).withDefault("any"),
  /** A tenant's slug; of the fleet's list only. */
  tenant: parseAsString.withDefault(""),
};
export interface RevocationFilters {
  readonly show: Shown;
  readonly kind: Kind;
  readonly tenant: string;
}

const SHOWN_LABELS = { all: "any", spreading: "taking effect", in_force: "in force", past: "ended" } as const satisfies Record<Shown, string>;
const KIND_LABELS = {
  any: "any",
  token: "token",
  subject: "subject",
  suspension: "tenant suspended",
  api_key: "API key",
  session: "sessions ended",
  idp_keys: "provider's keys",
  node: "node",
} as const satisfies Record<Kind, string>;

const labelled = <T extends string>(values: readonly T[], labels: Record<T, string>) => values.map((value) => ({ value, label: labels[value] }));
export const SHOWN_OPTIONS = labelled(SHOWN, SHOWN_LABELS);
/** A node is no tenant's. */
export const KIND_OPTIONS = { fleet: labelled(KINDS, KIND_LABELS), tenant: labelled(KINDS, KIND_LABELS).filter(({ value }) => value !== "node") };

/** The filters as the API takes them. @param slug the tenant whose list it is; null for the fleet's */
export const revocationListInput = ({ show, kind, tenant }: RevocationFilters, slug: string | null, cursor: string | undefined) => ({
  show,
  ...(kind === "any" ? {} : { kind }),
  ...(slug === null && tenant ? { tenant } : {}),
  ...(cursor ? { cursor } : {}),
});
