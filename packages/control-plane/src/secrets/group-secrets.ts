import type { FleetTransaction } from "@sallyport/data";
import { sealSecret } from "@sallyport/pipeline-node";
import { type Manifest, type SecretsSection, secretItemNameOf, type TenantSection, tenantSectionName } from "@sallyport/snapshot";
import type { SectionStore } from "../publish/section-store.js";
import { bySlug } from "./by-slug.js";
import type { ContentKey, ContentKeys } from "./content-keys.js";
import type { SecretBox } from "./sealed.js";
import { destinationsOf, usesIn } from "./secret-uses.js";
import { valuePlace } from "./stored-values.js";
import { type ValueFacts, valueFor } from "./value-for.js";

/** Whose section is made. */
interface SecretsOf {
  /** Id of the installation. */
  readonly fleet: string;
  readonly group: { readonly id: string; readonly name: string };
  /** The declared sections that the group's nodes get. */
  readonly declared: Manifest;
}

/** What a group's nodes get of their tenants' secrets. */
export interface GroupSecrets {
  /** The same section for as long as no value and no content key changes; null when there is nothing to send. The caller holds the revisions' lock. */
  sectionFor(tx: FleetTransaction, of: SecretsOf): Promise<SecretsSection | null>;
}

interface ValueRow extends ValueFacts {
  readonly tenantId: string;
  readonly slug: string;
}
interface Chosen extends ValueRow {
  /** Where it goes now; a value that was sent nowhere before is bound to these. */
  readonly wanted: readonly string[];
}

/** Rows a statement. */
const CHUNK = 1_000;

const keyOf = (row: { tenantId: string; name: string; version: number }): string => `${row.tenantId}/${row.name}/${row.version}`;

function* chunksOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += CHUNK) yield rows.slice(start, start + CHUNK);
}

function chosenOf(section: TenantSection, values: readonly ValueRow[]): Chosen[] {
  const uses = usesIn(section);
  return Object.entries(section.secrets).flatMap(([name, { type }]) => {
    const wanted = destinationsOf(uses, name);
    const ofSecret = values.filter((value) => value.name === name);
    const value = valueFor(ofSecret, { type, destinations: wanted });
    return value === null ? [] : [{ ...value, wanted }];
  });
}

export function createGroupSecrets(parts: { box: SecretBox; contentKeys: ContentKeys; sections: SectionStore }): GroupSecrets {
  /** The newest fitting value of every secret that these sections name. */
  async function choose(tx: FleetTransaction, declared: Manifest): Promise<Chosen[]> {
    const rows = await tx.$queryRaw<ValueRow[]>`
      select tenant.slug, v.tenant_id as "tenantId", v.name, v.version, v.type, v.destinations
      from secret_value v join tenant on tenant.id = v.tenant_id`;
    const ofTenants = bySlug(rows.filter(({ slug }) => declared[tenantSectionName(slug)] !== undefined));
    const hashOf = (slug: string): string => declared[tenantSectionName(slug)] ?? "";
    const bodies = await parts.sections.get(tx, [...ofTenants.keys()].map(hashOf));
    return [...ofTenants].flatMap(([slug, values]) => {
      const section = bodies.get(hashOf(slug));
      return section?.kind === "tenant" ? chosenOf(section, values) : [];
    });
  }

  async function seal(tx: FleetTransaction, of: SecretsOf, { id, key }: ContentKey, missing: readonly Chosen[]): Promise<Map<string, string>> {
    const made = new Map<string, string>();
    for (const chunk of chunksOf(missing)) {
      const wanted = JSON.stringify(chunk.map(({ tenantId, name, version }) => ({ tenant_id: tenantId, name, version })));
      // Held to the end: a tenant that is deleted at this moment goes after its sealed values are written, or before they are read.
      const rows = await tx.$queryRaw<{ tenantId: string; name: string; version: number; sealed: Uint8Array; wrappingKeyId: string }[]>`
        select v.tenant_id as "tenantId", v.name, v.version, v.sealed, v.wrapping_key_id as "wrappingKeyId"
        from secret_value v join jsonb_to_recordset(${wanted}::jsonb) as w (tenant_id uuid, name text, version int)
          on v.tenant_id = w.tenant_id and v.name = w.name and v.version = w.version
        for key share of v`;
      const slugs = new Map(chunk.map((value) => [value.tenantId, value.slug]));
      const data = rows.map(({ tenantId, name, version, sealed, wrappingKeyId }) => {
        const plaintext = parts.box.open({ bytes: Buffer.from(sealed), keyId: wrappingKeyId }, valuePlace(tenantId, name, version));
        const place = { fleet: of.fleet, group: of.group.name, tenant: slugs.get(tenantId) ?? "", name, version };
        return { contentKeyId: id, tenantId, name, version, sealed: sealSecret(key, place, plaintext) };
      });
      await tx.sealedSecret.createMany({ data });
      for (const row of data) made.set(keyOf(row), row.sealed);
    }
    return made;
  }

  /** A value is bound to the addresses that it goes to first, and from then on to these. */
  async function bind(tx: FleetTransaction, chosen: readonly Chosen[]): Promise<void> {
    for (const { tenantId, name, version, destinations, wanted } of chosen)
      if (destinations.length === 0 && wanted.length > 0)
        await tx.secretValue.updateMany({ where: { tenantId, name, version }, data: { destinations: [...wanted] } });
  }

  return {
    async sectionFor(tx, of) {
      const chosen = await choose(tx, of.declared);
      if (chosen.length === 0) return null;
      await bind(tx, chosen);
      const contentKey = await parts.contentKeys.current(tx, of.group.id);
      const known = await tx.sealedSecret.findMany({ where: { contentKeyId: contentKey.id } });
      const sealed = new Map(known.map((row) => [keyOf(row), row.sealed]));
      const missing = chosen.filter((value) => !sealed.has(keyOf(value)));
      for (const [key, text] of await seal(tx, of, contentKey, missing)) sealed.set(key, text);
      const items: Record<string, SecretsSection["items"][string]> = {};
      for (const value of chosen) {
        const text = sealed.get(keyOf(value));
        // Its tenant was deleted meanwhile.
        if (text === undefined) continue;
        items[secretItemNameOf(value.slug, value.name)] = { version: value.version, sealed: text };
      }
      return { kind: "secrets", contentKey: contentKey.id, items };
    },
  };
}
