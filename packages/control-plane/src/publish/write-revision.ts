import { type FleetTransaction, notify } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import type { Manifest, SectionName } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Change } from "../draft/section-changes.js";
import { settleRevocations } from "../revocations/settle-revocations.js";
import { type EnvelopeMaterial, type GroupRow, writeGroupEnvelopes } from "./group-envelopes.js";
import type { InstallationSections } from "./installation-sections.js";
import type { LiveRevision } from "./live-revision.js";
import { rootHashOf } from "./manifest.js";

/** Channel that wakes the waiting polls of every replica; its payload is the revision's number. */
export const REVISION_CHANNEL = "sallyport_revision";

/** What a revision changed against its parent, in short. */
export interface RevisionChange {
  readonly name: SectionName;
  readonly change: Change;
}

export interface NewRevision {
  readonly manifest: Manifest;
  readonly changes: readonly RevisionChange[];
  readonly comment: string;
  readonly rolledBackFrom: number | null;
  /** The published revision that this one repeats; null when it is published itself. */
  readonly reissueOf: number | null;
  readonly live: LiveRevision | null;
  readonly groups: readonly GroupRow[];
  /** What nodes run until it comes, where that is more than `live`; of two contents of one section the older. */
  readonly before?: Manifest;
  /** Other contents that nodes go on running beside it, while a rollout keeps some of them. */
  readonly kept?: readonly Manifest[];
  /** What its author said to be meant, for the audit log. */
  readonly consented?: readonly string[];
  /** Policy tests that fail, and why its author publishes all the same; for the audit log. */
  readonly overruled?: { readonly reason: string; readonly tests: readonly string[] } | null;
  /** Who asked for it, where somebody else approves; else it is the actor's. */
  readonly author?: { readonly id: string; readonly name: string };
  /** Name of the second person. */
  readonly approvedBy?: string | null;
  /** Why it is published without the approval that is asked for. */
  readonly unapproved?: string | null;
  /** Installation sections that were made for it already, under the same lock, by group id. */
  readonly installation?: ReadonlyMap<string, InstallationSections>;
}

const actionOf = ({ rolledBackFrom, reissueOf }: NewRevision): string => {
  if (reissueOf !== null) return "revision.reissue";
  return rolledBackFrom === null ? "revision.publish" : "revision.rollback";
};

/** The revision that was published with this content: whoever looked at that one has seen this one, too. */
export const contentOf = ({ number, reissueOf }: { readonly number: number; readonly reissueOf: number | null }): number => reissueOf ?? number;

/** Takes the installation's row until the end of the transaction: revisions are made one after the other, numbers have no gaps. */
export async function lockRevisions(tx: FleetTransaction): Promise<{ readonly nextRevision: number }> {
  const rows = await tx.$queryRaw<{ next_revision: number }[]>`select next_revision from installation where id = 1 for update`;
  const row = rows[0];
  if (row === undefined) throw new Error("The installation has not been set up yet; start the control plane once, it sets itself up.");
  return { nextRevision: row.next_revision };
}

/**
 * Writes a revision with its envelopes and its audit row; whoever waits is woken when the transaction commits.
 * The caller holds the lock, and has stored the sections and compiled the content.
 * @returns the new revision's number
 */
export async function writeRevision(tx: FleetTransaction, actor: Actor, revision: NewRevision, material: EnvelopeMaterial): Promise<number> {
  const { nextRevision: number } = await lockRevisions(tx);
  const createdAt = new Date(material.clock.now());
  const parent = revision.live?.number ?? 0;
  // What a reissue repeats has its hash already: of ten thousand tenants it takes a while.
  const rootHash = revision.reissueOf !== null && revision.live !== null ? revision.live.rootHash : rootHashOf(revision.manifest);
  await tx.revision.create({
    data: {
      number,
      epoch: material.installation.epoch,
      parent,
      comment: revision.comment,
      authorId: revision.author?.id ?? actor.id,
      authorName: revision.author?.name ?? actor.name,
      approvedBy: revision.approvedBy ?? null,
      approvedAt: revision.approvedBy ? createdAt : null,
      createdAt,
      rolledBackFrom: revision.rolledBackFrom,
      reissueOf: revision.reissueOf,
      changes: revision.changes.map(({ name, change }) => ({ name, change })),
      manifest: revision.manifest,
      rootHash,
    },
    // Else the whole manifest would come back.
    select: { number: true },
  });
  failpoint("publish.revision_written");
  for (const group of revision.groups) {
    const of = { number, parent, createdAt, manifest: revision.manifest };
    await writeGroupEnvelopes(tx, of, group, material, revision.installation?.get(group.id));
  }
  failpoint("publish.envelopes_written");
  const { manifest, kept = [], before = revision.live?.manifest ?? {} } = revision;
  await settleRevocations(tx, { number, createdAt, manifest, before, kept });
  failpoint("publish.revocations_settled");
  await tx.installation.update({ where: { id: 1 }, data: { nextRevision: number + 1 } });
  failpoint("publish.number_taken");
  const entry = {
    action: actionOf(revision),
    targetKind: "Revision",
    targetName: String(number),
    before: { revision: revision.live?.number ?? null, rootHash: revision.live?.rootHash ?? null },
    after: {
      revision: number,
      rootHash,
      comment: revision.comment,
      sections: revision.changes.slice(0, 200).map(({ name }) => name),
      ...(revision.approvedBy ? { requestedBy: revision.author?.name } : {}),
      ...(revision.unapproved ? { withoutApproval: revision.unapproved } : {}),
      ...(revision.overruled ? { overruled: { reason: revision.overruled.reason, tests: revision.overruled.tests.slice(0, 200) } } : {}),
      ...(revision.consented === undefined || revision.consented.length === 0 ? {} : { acknowledged: revision.consented.slice(0, 200) }),
    },
  };
  await recordAudit(tx, actor, [entry], createdAt);
  failpoint("publish.audited");
  await notify(tx, REVISION_CHANNEL, String(number));
  failpoint("publish.notified");
  return number;
}

/** What differs between two manifests, as a revision remembers it. */
export function revisionChanges(before: Manifest, after: Manifest, names: readonly SectionName[]): RevisionChange[] {
  return names.map((name) => ({ name, change: before[name] === undefined ? "added" : after[name] === undefined ? "removed" : "changed" }));
}
