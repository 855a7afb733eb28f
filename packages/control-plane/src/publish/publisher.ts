import type { StandIns } from "@sallyport/pipeline-node";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { alertUnapproved, asksForApproval, brokenGlass } from "../approvals/asked-for.js";
import { notFound, ServiceError } from "../errors.js";
import { changedWarnings } from "../review/changed-warnings.js";
import { consentedOf, requireConsent } from "../review/require-consent.js";
import { settleRollout } from "../rollouts/settle-rollout.js";
import { keptContent } from "../rollouts/staged-publish.js";
import { findUnsettled } from "../rollouts/unsettled-rollout.js";
import { forgetUnnamedValues } from "../secrets/publish-secrets.js";
import { parse } from "../validation.js";
import type { DraftReader } from "./draft-reader.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { groupSelections, publishedGroups } from "./group-selection.js";
import type { ReadLive } from "./live-revision.js";
import { differingSections } from "./manifest.js";
import { type PublishInput, publishInput, type RollbackInput, rollbackInput } from "./publish.schemas.js";
import { publishedRevision } from "./published-revision.js";
import { type Publishing, requireExtras } from "./publishing.js";
import type { RevisionLane } from "./revision-lane.js";
import type { SectionStore } from "./section-store.js";
import { contentOf, revisionChanges, writeRevision } from "./write-revision.js";

/** The only way out: what nodes run was made here. */
export interface Publisher {
  /**
   * @throws ServiceError `conflict` when another revision is live by now (`current.live`), `invalid` when the content does not
   * compile or a section is not one that differs, `precondition` when there is nothing to publish, no tenant is left, or a rollout is under
   * way and not to be superseded, `unconfirmed` when it weakens or opens something, or policy tests fail, and that was not said to be meant.
   */
  publish(actor: Actor, input: PublishInput): Promise<{ revision: number }>;
  /** Makes a new revision with the content of an older one, for all nodes at once; it ends a rollout. The draft is not touched. @throws ServiceError `not_found`, `precondition`, `invalid`, `unconfirmed`. */
  rollback(actor: Actor, input: RollbackInput): Promise<{ revision: number }>;
}

export interface PublisherParts {
  readonly lane: RevisionLane;
  /** What envelopes are made of, as it is now. */
  readonly material: () => Promise<EnvelopeMaterial>;
  readonly drafts: DraftReader;
  readonly sections: SectionStore;
  readonly readLive: ReadLive;
  /** Keys that sign in the place of identity providers, for policy tests. */
  readonly standIns: StandIns;
}

export function createPublisher(parts: PublisherParts, publishing: Publishing): Publisher {
  return {
    async publish(actor, input) {
      requireFleetGrant(actor, "revision.publish");
      const wanted = parse(publishInput, input);
      requireExtras(actor, wanted);
      const signing = await parts.material();
      return parts.lane(async (tx) => {
        const isAsked = await asksForApproval(tx);
        if (isAsked && wanted.breakGlass === undefined)
          throw new ServiceError("precondition", "This installation asks for a second person: ask for approval, or break the glass with a reason.");
        const prepared = await publishing.prepare(tx, wanted, signing);
        const unapproved = isAsked ? brokenGlass(wanted) : null;
        const revision = await publishing.write(tx, actor, prepared, { unapproved }, signing);
        if (unapproved !== null) await alertUnapproved(tx, actor, { revision, reason: unapproved }, signing.clock.now());
        return { revision };
      });
    },

    async rollback(actor, input) {
      requireFleetGrant(actor, "revision.rollback");
      const { to, comment, confirm } = parse(rollbackInput, input);
      const signing = await parts.material();
      return parts.lane(async (tx) => {
        const live = await parts.readLive(tx);
        const target = await publishedRevision(tx, to);
        if (live === null || target === null) throw notFound("revision");
        if (target.rootHash === live.rootHash)
          throw new ServiceError("precondition", `Revision ${live.number} is live and has the same content as ${to}: nothing would change.`);
        await publishing.compileAll(tx, target.manifest, null);
        const { groups, differing } = await groupSelections(tx, live.number);
        const changed = differingSections(live.manifest, target.manifest);
        const changes = revisionChanges(live.manifest, target.manifest, changed);
        const bodies = await parts.sections.get(
          tx,
          changed.flatMap((name) => target.manifest[name] ?? []),
        );
        // What was live once was looked at then: of an emergency's way back only an opening asks for its word.
        const all = await changedWarnings(tx, parts.sections, { before: live.manifest, changed }, (name) => bodies.get(target.manifest[name] ?? ""));
        const openings = all.filter(({ severity }) => severity === "opening");
        requireConsent(openings, { acknowledge: openings.map(({ id }) => id), confirm });
        const kept = publishedGroups(groups, differing, new Set());
        const underWay = await findUnsettled(tx);
        const old = await keptContent(tx, actor, { live, underWay, isStaged: false }, signing);
        const made = {
          manifest: target.manifest,
          changes,
          comment,
          rolledBackFrom: to,
          reissueOf: null,
          live,
          groups: kept,
          consented: consentedOf(openings),
          before: { ...live.manifest, ...old?.manifest },
        };
        const revision = await writeRevision(tx, actor, made, signing);
        const isBack = underWay !== null && contentOf(target) === underWay.base;
        const at = new Date(signing.clock.now());
        if (underWay !== null) await settleRollout(tx, underWay, isBack ? "rolled_back" : "superseded", { at, endedBy: revision });
        await forgetUnnamedValues(tx, parts.sections, [target.manifest]);
        return { revision };
      });
    },
  };
}
