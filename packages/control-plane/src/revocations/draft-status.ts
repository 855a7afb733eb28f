import type { FleetTransaction } from "@sallyport/data";
import { type TenantSpec, tenantSectionName, tenantSpec } from "@sallyport/snapshot";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import { publishedRevision } from "../publish/published-revision.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { suspendedSections } from "../publish/suspended-sections.js";
import { findUnsettled } from "../rollouts/unsettled-rollout.js";
import { tenantColumns } from "../tenants/tenants.js";

/** Why the tenant cannot be suspended without a publish; null when it can. */
export async function suspensionRefusal(tx: FleetTransaction, parts: Pick<RevisionParts, "readLive">, slug: string): Promise<string | null> {
  const rollout = await findUnsettled(tx);
  const contents = [await parts.readLive(tx), rollout === null ? null : await publishedRevision(tx, rollout.held)];
  const hashes = contents.flatMap((content) => content?.manifest[tenantSectionName(slug)] ?? []);
  if (hashes.length === 0) return `No node serves ${slug}: nothing of it is published. Suspend it in the draft.`;
  const contained = await suspendedSections(tx, hashes);
  if (hashes.every((hash) => contained.has(hash))) return `${slug} is suspended already, by the revision that is live.`;
  const running = await tx.revocation.count({ where: { tenantSlug: slug, kind: "suspension", endedAt: null } });
  return running > 0 ? `${slug} is suspended already.` : null;
}

/** Has the draft say what nodes do: else the next publish would not contain it. Under the tenant's lock; does nothing where it says so. */
export async function setDraftStatus(tx: FleetTransaction, scope: TenantScope, status: TenantSpec["status"], at: Date): Promise<void> {
  const { tenantId, slug, actor } = scope;
  const row = await tx.tenant.findUnique({ where: { id: tenantId }, select: { spec: true, version: true } });
  const before = tenantSpec.parse(row?.spec);
  if (row === null || before.status === status) return;
  const after = { ...before, status };
  await tx.tenant.updateMany({
    where: { id: tenantId },
    data: { ...tenantColumns(after), version: row.version + 1, updatedAt: at, updatedBy: actor.name },
  });
  const action = status === "suspended" ? "tenant.suspend" : "tenant.resume";
  await recordAudit(tx, actor, [{ action, targetKind: "Tenant", targetName: slug, tenantSlug: slug, before, after }], at);
}
