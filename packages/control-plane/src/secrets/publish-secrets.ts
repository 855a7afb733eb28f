import type { FleetTransaction } from "@sallyport/data";
import { type Manifest, type Section, type TenantSection, tenantSectionName } from "@sallyport/snapshot";
import type { Finding } from "../publish/compile-check.js";
import type { SectionStore } from "../publish/section-store.js";
import { bySlug } from "./by-slug.js";
import { destinationsOf, type SectionUse, usesIn } from "./secret-uses.js";
import { type ValueFacts, valueFor } from "./value-for.js";

/** What is wrong with the secrets that a tenant's section names, by what is stored of them. */
export function missingValues(section: TenantSection, uses: readonly SectionUse[], values: readonly ValueFacts[]): Finding[] {
  return uses.flatMap(({ secret, by }) => {
    const declared = section.secrets[secret];
    // One that is not declared at all is the compiler's to find.
    if (declared === undefined) return [];
    const ofSecret = values.filter(({ name }) => name === secret);
    if (valueFor(ofSecret, { type: declared.type, destinations: destinationsOf(uses, secret) }) !== null) return [];
    const message =
      ofSecret.length === 0
        ? `names the secret "${secret}", which has no value yet; set it, then publish`
        : `names the secret "${secret}", whose value was set for another address or type; set it again for this one, then publish`;
    return [{ path: `tenants/${section.slug}/${by}`, message }];
  });
}

/** Whether the section names a secret anywhere. */
export const sendsSecrets = (section: Section): boolean => section.kind === "tenant" && usesIn(section).length > 0;

/** Secrets that these sections send somewhere and that have no value for it: what needs one would be refused at the nodes. */
export async function secretFindings(tx: FleetTransaction, sections: readonly Section[]): Promise<Finding[]> {
  const sending = sections
    .flatMap((section) => (section.kind === "tenant" ? [{ section, uses: usesIn(section) }] : []))
    .filter(({ uses }) => uses.length > 0);
  if (sending.length === 0) return [];
  const rows = await tx.$queryRaw<(ValueFacts & { slug: string })[]>`
    select tenant.slug, v.name, v.version, v.type, v.destinations
    from secret_value v join tenant on tenant.id = v.tenant_id
    where tenant.slug = any(${sending.map(({ section }) => section.slug)})`;
  const values = bySlug(rows);
  return sending.flatMap(({ section, uses }) => missingValues(section, uses, values.get(section.slug) ?? []));
}

/** Lets go of values that neither the draft nor what nodes run names: a removal that was published is final. @param manifests all that nodes run */
export async function forgetUnnamedValues(tx: FleetTransaction, sections: SectionStore, manifests: readonly Manifest[]): Promise<void> {
  const rows = await tx.$queryRaw<{ tenantId: string; slug: string; name: string }[]>`
    select distinct v.tenant_id as "tenantId", tenant.slug, v.name
    from secret_value v join tenant on tenant.id = v.tenant_id
    where not exists (select from secret s where s.tenant_id = v.tenant_id and s.name = v.name)`;
  const hashesOf = (slug: string): string[] => manifests.flatMap((manifest) => manifest[tenantSectionName(slug)] ?? []);
  const hashes = rows.flatMap(({ slug }) => hashesOf(slug));
  const bodies = await sections.get(tx, hashes);
  for (const { tenantId, slug, name } of rows) {
    const live = hashesOf(slug).map((hash) => bodies.get(hash));
    if (live.some((section) => section?.kind === "tenant" && section.secrets[name] !== undefined)) continue;
    await tx.secretValue.deleteMany({ where: { tenantId, name } });
  }
}
