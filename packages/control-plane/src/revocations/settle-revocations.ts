import type { FleetTransaction } from "@sallyport/data";
import { type Manifest, tenantSectionName } from "@sallyport/snapshot";
import { suspendedSections } from "../publish/suspended-sections.js";
import { openRevocations } from "./open-revocations.js";

interface Settled {
  readonly number: number;
  readonly createdAt: Date;
  readonly manifest: Manifest;
  /** What was live before it. */
  readonly before: Manifest;
  /** Other contents that nodes run beside it: what one of these still needs does not end. */
  readonly kept: readonly Manifest[];
}

/**
 * Notes what a revision means for what is revoked, in its own transaction: which it is the first to carry, and which it takes the place of.
 * A suspension ends with the first revision whose declared section has it; everything of a tenant ends when nodes serve the tenant no more,
 * or another of its name.
 */
export async function settleRevocations(tx: FleetTransaction, { number, createdAt, manifest, before, kept }: Settled): Promise<void> {
  const open = await openRevocations(tx, createdAt);
  if (open.length === 0) return;
  const hashOf = (slug: string, within = manifest): string | undefined => within[tenantSectionName(slug)];
  const suspended = await suspendedSections(
    tx,
    open.flatMap(({ kind, tenantSlug }) => (kind === "suspension" ? [manifest, ...kept].flatMap((each) => hashOf(tenantSlug, each) ?? []) : [])),
  );
  /** Nodes with another content serve the tenant, and that content does not say what is revoked. */
  const isNeeded = ({ kind, tenantSlug: slug }: (typeof open)[number]): boolean =>
    kept.some((each) => {
      const hash = hashOf(slug, each);
      return hash !== undefined && !(kind === "suspension" && suspended.has(hash));
    });
  const present = await tx.tenant.findMany({ where: { id: { in: open.map(({ tenantId }) => tenantId) } }, select: { id: true } });
  const drafted = new Set(present.map(({ id }) => id));
  const ends = (each: (typeof open)[number]): boolean => {
    if (isNeeded(each)) return false;
    const { kind, tenantId, tenantSlug: slug } = each;
    const hash = hashOf(slug);
    const was = before[tenantSectionName(slug)];
    if (hash === undefined) return was !== undefined || !drafted.has(tenantId);
    return (kind === "suspension" && suspended.has(hash)) || (!drafted.has(tenantId) && was !== undefined && was !== hash);
  };
  const ended = open.filter(ends);
  const carried = open.filter((each) => each.revision === null && hashOf(each.tenantSlug) !== undefined && !ends(each));
  const ids = (rows: typeof open) => ({ id: { in: rows.map(({ id }) => id) } });
  if (ended.length > 0) await tx.revocation.updateMany({ where: ids(ended), data: { endedAt: createdAt, endedRevision: number } });
  if (carried.length > 0) await tx.revocation.updateMany({ where: ids(carried), data: { revision: number } });
}
