import type { FleetTransaction } from "@sallyport/data";
import { type ApiKeyEntry, type ApiKeysSection, apiKeysSectionName, type Manifest, tenantSectionName } from "@sallyport/snapshot";
import { hashOfSection } from "../publish/manifest.js";
import type { SectionStore } from "../publish/section-store.js";
import { suspendedSections } from "../publish/suspended-sections.js";

const seconds = (at: Date): number => Math.floor(at.getTime() / 1_000);

/**
 * Makes the tenant's section anew from its keys. In the transaction of their change, under the tenant's lock; other tenants' stay as they
 * are. An expired key stays in it: nodes judge by their clock, and can say why they refuse.
 */
export async function remakeApiKeySection(tx: FleetTransaction, sections: SectionStore, tenant: { id: string; slug: string }): Promise<void> {
  const rows = await tx.apiKey.findMany({
    where: { tenantId: tenant.id, revokedAt: null },
    select: { name: true, hash: true, subject: true, scopes: true, expiresAt: true, previousHash: true, previousUntil: true },
  });
  if (rows.length === 0) {
    await tx.apiKeySection.deleteMany({ where: { tenantId: tenant.id } });
    return;
  }
  const keys = rows.map(({ name, hash, subject, scopes, expiresAt, previousHash, previousUntil }): [string, ApiKeyEntry] => {
    const previous = previousHash === null || previousUntil === null ? null : { hash: previousHash, expiresAt: seconds(previousUntil) };
    return [name, { hash, subject, scopes, expiresAt: expiresAt && seconds(expiresAt), previous }];
  });
  const section: ApiKeysSection = { kind: "api-keys", tenant: tenant.slug, keys: Object.fromEntries(keys) };
  const hash = hashOfSection(section);
  await sections.put(tx, [{ hash, section }]);
  await tx.apiKeySection.upsert({ where: { tenantId: tenant.id }, create: { tenantId: tenant.id, hash }, update: { hash } });
}

/**
 * The sections of API keys that go with these declared sections: of tenants that are among them and not suspended. They are stored already.
 */
export async function apiKeySectionsOf(tx: FleetTransaction, declared: Manifest): Promise<Manifest> {
  const rows = await tx.$queryRaw<{ slug: string; hash: string }[]>`
    select tenant.slug, k.hash from api_key_section k join tenant on tenant.id = k.tenant_id`;
  const wanted = rows.flatMap(({ slug, hash }) => {
    const tenant = declared[tenantSectionName(slug)];
    return tenant === undefined ? [] : [{ slug, hash, tenant }];
  });
  const ended = await suspendedSections(
    tx,
    wanted.map(({ tenant }) => tenant),
  );
  return Object.fromEntries(wanted.flatMap(({ slug, hash, tenant }) => (ended.has(tenant) ? [] : [[apiKeysSectionName(slug), hash]])));
}
