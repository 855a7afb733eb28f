import type { FleetTransaction } from "@sallyport/data";
import type { CompiledSnapshot } from "@sallyport/pipeline";
import type { StandIns } from "@sallyport/pipeline-node";
import type { Manifest } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { type FieldIssue, notFound, ServiceError } from "../errors.js";
import { reportOf, runTests } from "../policy-tests/run-tests.js";
import { readTests, testsTouchedBy } from "../policy-tests/stored-tests.js";
import { changedWarnings } from "../review/changed-warnings.js";
import { consentedOf, overruledBy, requireConsent } from "../review/require-consent.js";
import { settleRollout } from "../rollouts/settle-rollout.js";
import { beginStaged, keptContent, refuseUnderWay, stagingOf } from "../rollouts/staged-publish.js";
import { findUnsettled } from "../rollouts/unsettled-rollout.js";
import { forgetUnnamedValues, secretFindings } from "../secrets/publish-secrets.js";
import { invalid, parse } from "../validation.js";
import type { Finding } from "./compile-check.js";
import { compose, unpublishedSections } from "./compose.js";
import { createComposedCheck } from "./composed-check.js";
import type { DraftReader, DraftState } from "./draft-reader.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { groupSelections, publishedGroups } from "./group-selection.js";
import type { LiveRevision, ReadLive } from "./live-revision.js";
import { differingSections, hasTenants } from "./manifest.js";
import { type PublishInput, publishInput, type RollbackInput, rollbackInput } from "./publish.schemas.js";
import { publishedRevision } from "./published-revision.js";
import type { RevisionLane } from "./revision-lane.js";
import type { SectionStore } from "./section-store.js";
import { brokenReferences, selectSections } from "./select-sections.js";
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

const NOTHING: Manifest = {};

const asIssues = (findings: readonly Finding[]): FieldIssue[] => findings.map(({ path, message }) => ({ path, message }));

export function createPublisher(parts: PublisherParts): Publisher {
  const composed = createComposedCheck(parts.sections);

  /** @throws ServiceError `invalid` with everything that the compiler says. */
  async function compileAll(tx: FleetTransaction, manifest: Manifest, draft: DraftState | null): Promise<CompiledSnapshot> {
    const { findings, compiled } = await composed.run(tx, manifest, draft);
    if (compiled === null) throw invalid(asIssues(findings));
    return compiled;
  }

  function refuseEmpty(manifest: Manifest, allowEmpty: boolean): void {
    if (hasTenants(manifest) || allowEmpty) return;
    throw new ServiceError("precondition", "This would leave the nodes without any tenant. If that is meant, publish with allowEmpty.");
  }

  return {
    async publish(actor, input) {
      requireFleetGrant(actor, "revision.publish");
      const { comment, base, sections: asked, allowEmpty, rollout: plan, supersede, ...consent } = parse(publishInput, input);
      if (consent.overrule !== undefined) requireFleetGrant(actor, "revision.overrule");
      const signing = await parts.material();
      return parts.lane(async (tx) => {
        const live = await parts.readLive(tx);
        if (!(await isContentOf(tx, live, base))) throw movedOn(live);
        const underWay = await findUnsettled(tx);
        if (!supersede) refuseUnderWay(underWay);
        const staging = plan === undefined ? null : await stagingOf(tx, plan);
        const draft = await parts.drafts.readAnew();
        const before = live?.manifest ?? NOTHING;
        const { groups, differing } = await groupSelections(tx, live?.number ?? null);
        const selected = selectSections(asked, [...unpublishedSections(before, draft), ...differing.map(({ name }) => name)], draft);
        const { manifest, changed } = compose(before, draft, selected);
        const changedGroups = differing.filter(({ name }) => selected.includes(name)).map(({ name }) => name);
        if (changed.length === 0 && changedGroups.length === 0)
          throw new ServiceError("precondition", "There is nothing to publish: the draft is what is live.");
        refuseEmpty(manifest, allowEmpty);
        const revised = publishedGroups(groups, differing, new Set(selected));
        const broken = brokenReferences(selected, revised, differing, { before, after: manifest });
        if (broken.length > 0) throw invalid(broken);
        const compiled = await compileAll(tx, manifest, draft);
        const warnings = await changedWarnings(tx, parts.sections, { before, changed }, (name) => draft.section(name));
        const choice = testsTouchedBy(changed);
        const running = { compiled, standIns: parts.standIns, clock: signing.clock };
        const { failed } = await reportOf(runTests(await readTests(tx, choice), choice, running));
        requireConsent(warnings, consent, failed);
        const fresh = changed.flatMap((name) => {
          const section = draft.section(name);
          const hash = manifest[name];
          return section === undefined || hash === undefined ? [] : [{ hash, section }];
        });
        const withoutValue = await secretFindings(
          tx,
          fresh.map(({ section }) => section),
        );
        if (withoutValue.length > 0) throw invalid(asIssues(withoutValue));
        await parts.sections.put(tx, fresh);
        const changes = [...revisionChanges(before, manifest, changed), ...changedGroups.map((name) => ({ name, change: "changed" as const }))];
        const at = new Date(signing.clock.now());
        const old = await keptContent(tx, actor, { live, underWay, isStaged: staging !== null }, signing);
        const kept = staging === null || old === null ? [] : [old.manifest];
        const made = { manifest, changes, comment, rolledBackFrom: null, reissueOf: null, live, groups: revised, consented: consentedOf(warnings) };
        const overruled = consent.overrule === undefined ? null : overruledBy(failed, consent.overrule);
        const revision = await writeRevision(tx, actor, { ...made, overruled, kept, before: { ...before, ...old?.manifest } }, signing);
        if (underWay !== null) await settleRollout(tx, underWay, "superseded", { at, endedBy: revision });
        if (staging !== null) await beginStaged(tx, actor, { revision, old, staging }, at);
        await forgetUnnamedValues(tx, parts.sections, [manifest, ...kept]);
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
        await compileAll(tx, target.manifest, null);
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

/** Whether somebody who compared with `base` has seen what is live: the revision itself, or one that it repeats. */
async function isContentOf(tx: FleetTransaction, live: LiveRevision | null, base: number | null): Promise<boolean> {
  if (live === null || base === null) return live === null && base === null;
  if (live.number === base) return true;
  const seen = await tx.revision.findUnique({ where: { number: base }, select: { number: true, reissueOf: true } });
  return seen !== null && contentOf(seen) === contentOf(live);
}

function movedOn(live: LiveRevision | null): ServiceError {
  const now = live === null ? "nothing is live" : `revision ${live.number} is live`;
  return new ServiceError("conflict", `Somebody else published meanwhile: ${now}. Look at the changes again, then publish.`, {
    current: { live: live?.number ?? null },
  });
}
