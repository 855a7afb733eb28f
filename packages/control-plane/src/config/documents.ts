import { API_VERSION, type ConfigDocument, type Kind, SECTION_KINDS, TENANT_KINDS } from "@sallyport/snapshot";
import type { Draft } from "../objects/read-draft.js";
import { SECTION_MEMBER } from "../objects/section-member.js";

/** Order of kinds in a dump: a reader meets what is referred to before what refers. */
const FLEET_ORDER = ["Fleet", "RateLimitPolicy", "NodeGroup", "PolicyTest"] as const satisfies readonly Kind[];
const TENANT_ORDER = ["Tenant", ...TENANT_KINDS] as const satisfies readonly Kind[];

/** Slug of the tenant that the document lives in; null for fleet-wide kinds and for `Tenant` itself. */
export const tenantOf = ({ metadata }: ConfigDocument): string | null => ("tenant" in metadata ? (metadata.tenant ?? null) : null);

/** Slug of the tenant whose section the document is part of. */
export const sectionTenantOf = (document: ConfigDocument): string | null =>
  document.kind === "Tenant" ? document.metadata.name : tenantOf(document);

/** One document for each name: kinds in different tenants do not meet. */
export const documentKey = (document: ConfigDocument): string => `${tenantOf(document) ?? ""}/${document.kind}/${document.metadata.name}`;

/** What is declared, as documents that declare it again. Specs are the contract's own output, hence its input. */
export function documentsOf(draft: Draft): ConfigDocument[] {
  const documents: unknown[] = [];
  const add = (kind: Kind, name: string, spec: unknown, tenant?: string): void => {
    documents.push({ apiVersion: API_VERSION, kind, metadata: tenant === undefined ? { name } : { name, tenant }, spec });
  };
  if (draft.lastEdit(null, "Fleet", "default") !== undefined) add("Fleet", "default", draft.fleet.settings);
  for (const [name, spec] of Object.entries(draft.fleet.rateLimitPolicies)) add("RateLimitPolicy", name, spec);
  for (const [name, spec] of draft.groups) add("NodeGroup", name, spec);
  for (const [name, spec] of draft.policyTestsOf(null)) add("PolicyTest", name, spec);
  for (const [slug, section] of draft.tenants) {
    add("Tenant", slug, draft.tenantSpecs.get(slug));
    for (const kind of SECTION_KINDS) for (const [name, spec] of Object.entries(section[SECTION_MEMBER[kind]])) add(kind, name, spec, slug);
    for (const [name, spec] of draft.policyTestsOf(slug)) add("PolicyTest", name, spec, slug);
  }
  return sortDocuments(documents as ConfigDocument[]);
}

const rank = (document: ConfigDocument): number =>
  sectionTenantOf(document) === null
    ? (FLEET_ORDER as readonly Kind[]).indexOf(document.kind)
    : FLEET_ORDER.length + (TENANT_ORDER as readonly Kind[]).indexOf(document.kind);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The fleet first, then tenant by tenant; within, by kind and name. The same state always gives the same text. */
export function sortDocuments(documents: readonly ConfigDocument[]): ConfigDocument[] {
  return [...documents].sort(
    (a, b) => compare(sectionTenantOf(a) ?? "", sectionTenantOf(b) ?? "") || rank(a) - rank(b) || compare(a.metadata.name, b.metadata.name),
  );
}
