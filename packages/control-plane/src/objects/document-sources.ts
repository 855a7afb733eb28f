import type { DataTransaction } from "@sallyport/data";
import { type ConfigDocument, type JsonValue, KIND_SPECS, type Kind } from "@sallyport/snapshot";
import { z } from "zod";
import { storableText } from "../node-api/storable.js";

/**
 * What an author wrote of a document, comments and all. It declares nothing, and is part of no section and no hash: whoever shows it brings it
 * up to what is declared (`documentText` of @sallyport/documents).
 */
export const documentSource = z.string().max(65_536, "has more than 64 KiB; say less in comments").transform(storableText);

/** Of which documents it is kept. What secrets say is nowhere but in files. */
const KEPT_KINDS: ReadonlySet<Kind> = new Set((Object.keys(KIND_SPECS) as Kind[]).filter((kind) => kind !== "Secret"));

/** Where a document stands; `tenant` null: it is the fleet's, or a tenant itself. */
export interface SourceKey {
  readonly tenant: string | null;
  readonly kind: Kind;
  readonly name: string;
}

const whereOf = ({ tenant, kind, name }: SourceKey) => ({ tenantSlug: tenant ?? "", kind, name });

export async function readSource(tx: DataTransaction, key: SourceKey): Promise<string | null> {
  const stored = await tx.documentSource.findUnique({ where: { tenantSlug_kind_name: whereOf(key) }, select: { source: true } });
  return stored?.source ?? null;
}

/** Writes what came with documents, all in one statement; null takes away what was kept, as a deleted document does. */
export async function writeSources(
  tx: DataTransaction,
  sources: readonly (SourceKey & { readonly source: string | null })[],
  at: Date,
): Promise<void> {
  const kept = sources.filter(({ kind }) => KEPT_KINDS.has(kind));
  if (kept.length === 0) return;
  const rows = kept.map(({ source, ...key }) => ({ tenant_slug: key.tenant ?? "", kind: key.kind, name: key.name, source }));
  const json = JSON.stringify(rows);
  await tx.$executeRaw`
    delete from document_source d using jsonb_to_recordset(${json}::jsonb) as r (tenant_slug text, kind text, name text, source text)
    where r.source is null and (d.tenant_slug, d.kind, d.name) = (r.tenant_slug, r.kind, r.name)`;
  await tx.$executeRaw`
    insert into document_source (tenant_slug, kind, name, source, updated_at)
    select tenant_slug, kind, name, source, ${at} from jsonb_to_recordset(${json}::jsonb) as r (tenant_slug text, kind text, name text, source text)
    where source is not null
    on conflict (tenant_slug, kind, name) do update set source = excluded.source, updated_at = excluded.updated_at`;
}

const tenantOf = ({ metadata }: ConfigDocument): string | null => ("tenant" in metadata ? (metadata.tenant ?? null) : null);

/** What is kept of these documents, in their order. @param tenant only of this one's; null: of all */
export async function readSources(tx: DataTransaction, documents: readonly ConfigDocument[], tenant: string | null): Promise<(string | null)[]> {
  const where = tenant === null ? {} : { OR: [{ tenantSlug: tenant }, { tenantSlug: "", kind: "Tenant", name: tenant }] };
  const rows = await tx.documentSource.findMany({ where });
  const keyOf = (owner: string, kind: string, name: string): JsonValue => `${owner}/${kind}/${name}`;
  const known = new Map(rows.map(({ tenantSlug, kind, name, source }) => [keyOf(tenantSlug, kind, name), source]));
  return documents.map((document) => known.get(keyOf(tenantOf(document) ?? "", document.kind, document.metadata.name)) ?? null);
}
