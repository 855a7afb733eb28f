import type { FleetTransaction, Prisma } from "@sallyport/data";
import { tenantSectionName } from "@sallyport/snapshot";
import { readDraft } from "../objects/read-draft.js";
import { unpublishedSections } from "../publish/compose.js";
import type { DraftReader } from "../publish/draft-reader.js";
import type { ReadLive } from "../publish/live-revision.js";
import { hashOfSection, slugOfSection } from "../publish/manifest.js";

/** A line of the list of tenants. */
export interface TenantRow {
  readonly slug: string;
  readonly displayName: string;
  readonly plan: string;
  readonly status: "active" | "suspended";
  readonly issuers: string[];
  readonly domains: string[];
  readonly idpCount: number;
  readonly routeCount: number;
  /** Draft against the live revision. */
  readonly change: TenantChange;
  readonly version: number;
  readonly createdAt: Date;
}
export type TenantChange = "none" | "added" | "changed";

export const TENANT_ROW = {
  id: true,
  slug: true,
  displayName: true,
  plan: true,
  status: true,
  version: true,
  createdAt: true,
  domains: { select: { host: true }, orderBy: { host: "asc" } },
  identityProviders: { select: { issuer: true }, orderBy: { issuer: "asc" } },
  _count: { select: { routes: true } },
} as const satisfies Prisma.TenantSelect;

type Stored = Prisma.TenantGetPayload<{ select: typeof TENANT_ROW }>;

/** Tells draft from live, by section hash. */
export interface Changes {
  /** Of these tenants, read afresh. */
  of(tx: FleetTransaction, slugs: readonly string[]): Promise<ReadonlyMap<string, TenantChange>>;
  /** Slugs of the draft that differ from what is live. */
  unpublished(tx: FleetTransaction): Promise<string[]>;
}

export function createChanges({ drafts, readLive }: { readonly drafts: DraftReader; readonly readLive: ReadLive }): Changes {
  return {
    async of(tx, slugs) {
      const { tenants } = await readDraft(tx, { tenants: slugs });
      const published = await readLive(tx);
      const changeOf = (slug: string): TenantChange => {
        const before = published?.manifest[tenantSectionName(slug)];
        const section = tenants.get(slug);
        return before === undefined ? "added" : section !== undefined && hashOfSection(section) === before ? "none" : "changed";
      };
      return new Map(slugs.map((slug) => [slug, changeOf(slug)]));
    },
    async unpublished(tx) {
      const published = (await readLive(tx))?.manifest ?? {};
      const sections = unpublishedSections(published, await drafts.read());
      return sections.flatMap((name) => slugOfSection(name) ?? []);
    },
  };
}

export const toTenantRow = (stored: Stored, changes: ReadonlyMap<string, TenantChange>): TenantRow => ({
  slug: stored.slug,
  displayName: stored.displayName,
  plan: stored.plan,
  status: stored.status,
  issuers: [...new Set(stored.identityProviders.map(({ issuer }) => issuer))],
  domains: stored.domains.map(({ host }) => host),
  idpCount: stored.identityProviders.length,
  routeCount: stored._count.routes,
  change: changes.get(stored.slug) ?? "added",
  version: stored.version,
  createdAt: stored.createdAt,
});
