import type { FleetTransaction } from "@sallyport/data";
import type { ConfigDocument, Kind } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { danglingReferences, KIND_LABELS, referencesOf } from "../objects/references.js";
import { documentKey, sectionTenantOf, tenantOf } from "./documents.js";
import type { Wanted } from "./parse-documents.js";
import type { Change } from "./plan-changes.js";

/** Puts an issue of a document where its author finds it; a document that the files do not hold is named instead. */
function locate(document: ConfigDocument, wanted: ReadonlyMap<string, Wanted>, { path, message }: FieldIssue): FieldIssue {
  const found = wanted.get(documentKey(document));
  if (found) return { path: `documents.${found.index}.${path}`, message };
  const tenant = tenantOf(document);
  const where = `${KIND_LABELS[document.kind]} "${document.metadata.name}"${tenant === null ? "" : ` of ${tenant}`}`;
  return { path: "documents", message: `leave the ${where} with ${path}, which ${message}` };
}

/** References that would lead nowhere, in whatever would stand afterwards. */
export function danglingIn(result: readonly ConfigDocument[], wanted: ReadonlyMap<string, Wanted>): FieldIssue[] {
  const present = new Set(result.map(documentKey));
  const issues: FieldIssue[] = [];
  for (const document of result) {
    const tenant = tenantOf(document);
    // A policy of the whole fleet names routes wherever they are; no tenant's name is a reference there.
    if (tenant === null && document.kind === "RateLimitPolicy") continue;
    const exists = (kind: Kind, name: string): boolean => present.has(`${kind === "Tenant" ? "" : (tenant ?? "")}/${kind}/${name}`);
    for (const issue of danglingReferences(referencesOf(document), exists)) issues.push(locate(document, wanted, issue));
    if (tenant !== null && !present.has(`/Tenant/${tenant}`))
      issues.push(
        locate(document, wanted, {
          path: "metadata.tenant",
          message: `names the tenant "${tenant}", which does not exist; add a Tenant document for it`,
        }),
      );
  }
  return issues;
}

/** Custom domains that two tenants would claim. Whose a host is stays untold where the files do not tell it themselves. */
export async function contestedDomains(tx: FleetTransaction, changes: readonly Change[], wanted: ReadonlyMap<string, Wanted>): Promise<FieldIssue[]> {
  const claimed = new Map<string, string>();
  const issues: FieldIssue[] = [];
  const changed = new Set(changes.filter(({ kind, change }) => kind === "Tenant" && change !== "unchanged").map(({ name }) => name));
  const claims = changes.flatMap(({ after }) => (after?.kind === "Tenant" ? [after] : []));
  for (const tenant of claims) for (const host of tenant.spec.domains) if (!claimed.has(host)) claimed.set(host, tenant.metadata.name);
  const held = await tx.tenantDomain.findMany({
    where: { host: { in: [...claimed.keys()] } },
    select: { host: true, tenant: { select: { slug: true } } },
  });
  // A tenant that the files change gives up what they no longer list for it.
  for (const { host, tenant } of held) if (!changed.has(tenant.slug)) claimed.set(host, tenant.slug);
  for (const tenant of claims)
    for (const [index, host] of tenant.spec.domains.entries())
      if (claimed.get(host) !== tenant.metadata.name)
        issues.push(
          locate(tenant, wanted, {
            path: `spec.domains.${index}`,
            message: `${host} belongs to another tenant; remove it here, or have it removed there first`,
          }),
        );
  return issues;
}

/** Slugs whose sections the files or the plan touch. */
export const touchedTenants = (documents: Iterable<ConfigDocument>): string[] => [
  ...new Set([...documents].flatMap((document) => sectionTenantOf(document) ?? [])),
];
