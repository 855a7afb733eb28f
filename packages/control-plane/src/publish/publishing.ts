import type { FleetTransaction } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import type { CompiledSnapshot } from "@sallyport/pipeline";
import { sha256Hex } from "@sallyport/pipeline-node";
import { canonicalJson, type JsonValue, type Manifest, type SectionName } from "@sallyport/snapshot";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { type FieldIssue, ServiceError } from "../errors.js";
import { reportOf, runTests, type TestOutcome } from "../policy-tests/run-tests.js";
import { readTests, testsTouchedBy } from "../policy-tests/stored-tests.js";
import { changedWarnings } from "../review/changed-warnings.js";
import { consentedOf, overruledBy, requireConsent } from "../review/require-consent.js";
import type { Warning } from "../review/warning.js";
import { settleRollout } from "../rollouts/settle-rollout.js";
import { beginStaged, keptContent, refuseUnderWay, stagingOf } from "../rollouts/staged-publish.js";
import { findUnsettled, type Rollout } from "../rollouts/unsettled-rollout.js";
import { forgetUnnamedValues, secretFindings } from "../secrets/publish-secrets.js";
import { invalid } from "../validation.js";
import type { Finding } from "./compile-check.js";
import { compose, unpublishedSections } from "./compose.js";
import type { ComposedCheck } from "./composed-check.js";
import type { DraftState } from "./draft-reader.js";
import type { EnvelopeMaterial, GroupRow } from "./group-envelopes.js";
import { type GroupDifference, groupSelections, publishedGroups } from "./group-selection.js";
import type { LiveRevision } from "./live-revision.js";
import { hasTenants, rootHashOf } from "./manifest.js";
import type { publishInput } from "./publish.schemas.js";
import { publishedRevision } from "./published-revision.js";
import type { PublisherParts } from "./publisher.js";
import { brokenReferences, selectSections } from "./select-sections.js";
import { contentOf, type NewRevision, revisionChanges, writeRevision } from "./write-revision.js";

/** A publish as it was asked for, parsed. */
export type WantedPublish = z.output<typeof publishInput>;

/** What would be live, before anything of it is judged. */
interface Composed {
  readonly live: LiveRevision | null;
  readonly draft: DraftState;
  readonly before: Manifest;
  readonly manifest: Manifest;
  readonly selected: readonly SectionName[];
  readonly changed: readonly SectionName[];
  readonly changedGroups: readonly SectionName[];
  readonly revised: readonly GroupRow[];
  readonly differing: readonly GroupDifference[];
  /** SHA-256 over the root hash and the groups: whoever approves one content has not approved the next. */
  readonly content: string;
}

/** The same, judged: nothing refuses it. */
interface Prepared extends Composed {
  readonly wanted: WantedPublish;
  readonly warnings: readonly Warning[];
  readonly failed: readonly TestOutcome[];
  readonly underWay: Rollout | null;
  readonly staging: Awaited<ReturnType<typeof stagingOf>> | null;
}

/** The steps of a publish. All of them run in one transaction, under the revisions' lock. */
export interface Publishing {
  /** @throws ServiceError `invalid` for a section that does not differ */
  compose(tx: FleetTransaction, asked: readonly string[] | undefined, draft: DraftState): Promise<Composed>;
  /** Judges everything that can refuse a publish. @throws ServiceError as `Publisher.publish` does */
  prepare(tx: FleetTransaction, wanted: WantedPublish, signing: EnvelopeMaterial): Promise<Prepared>;
  /** @returns the revision's number */
  write(
    tx: FleetTransaction,
    actor: Actor,
    prepared: Prepared,
    record: Pick<NewRevision, "author" | "approvedBy" | "unapproved">,
    signing: EnvelopeMaterial,
  ): Promise<number>;
  /** @throws ServiceError `invalid` with everything that the compiler says. */
  compileAll(tx: FleetTransaction, manifest: Manifest, draft: DraftState | null): Promise<CompiledSnapshot>;
}

const NOTHING: Manifest = {};

const asIssues = (findings: readonly Finding[]): FieldIssue[] => findings.map(({ path, message }) => ({ path, message }));

/** What takes a permission beside that to publish. @throws ServiceError `forbidden` */
export function requireExtras(actor: Actor, { overrule, breakGlass }: WantedPublish): void {
  if (overrule !== undefined) requireFleetGrant(actor, "revision.overrule");
  if (breakGlass !== undefined) requireFleetGrant(actor, "revision.break_glass");
}

export function createPublishing(parts: PublisherParts, composed: ComposedCheck): Publishing {
  async function composeDraft(tx: FleetTransaction, asked: readonly string[] | undefined, draft: DraftState): Promise<Composed> {
    const live = await parts.readLive(tx);
    const before = live?.manifest ?? NOTHING;
    const { groups, differing } = await groupSelections(tx, live?.number ?? null);
    const selected = selectSections(asked, [...unpublishedSections(before, draft), ...differing.map(({ name }) => name)], draft);
    const { manifest, changed } = compose(before, draft, selected);
    const changedGroups = differing.filter(({ name }) => selected.includes(name)).map(({ name }) => name);
    const revised = publishedGroups(groups, differing, new Set(selected));
    const specs = Object.fromEntries(revised.map(({ name, spec }) => [name, spec]));
    // Specs are zod outputs: JSON by construction.
    const content = sha256Hex(canonicalJson({ root: rootHashOf(manifest), groups: specs } as unknown as JsonValue));
    return { live, draft, before, manifest, selected, changed, changedGroups, revised, differing, content };
  }

  async function compileAll(tx: FleetTransaction, manifest: Manifest, draft: DraftState | null): Promise<CompiledSnapshot> {
    const { findings, compiled } = await composed.run(tx, manifest, draft);
    if (compiled === null) throw invalid(asIssues(findings));
    return compiled;
  }

  return {
    compose: composeDraft,
    compileAll,

    async prepare(tx, wanted, signing) {
      const { base, sections: asked, allowEmpty, rollout: plan, supersede, ...consent } = wanted;
      const standing = await parts.readLive(tx);
      if (!(await isContentOf(tx, standing, base))) throw movedOn(standing);
      const underWay = await findUnsettled(tx);
      if (!supersede) refuseUnderWay(underWay);
      const staging = plan === undefined ? null : await stagingOf(tx, plan);
      const what = await composeDraft(tx, asked, await parts.drafts.readAnew());
      failpoint("publish.draft_read");
      const { draft, before, manifest, selected, changed, changedGroups, revised, differing } = what;
      if (changed.length === 0 && changedGroups.length === 0)
        throw new ServiceError("precondition", "There is nothing to publish: the draft is what is live.");
      if (!hasTenants(manifest) && !allowEmpty)
        throw new ServiceError("precondition", "This would leave the nodes without any tenant. If that is meant, publish with allowEmpty.");
      const broken = brokenReferences(selected, revised, differing, { before, after: manifest });
      if (broken.length > 0) throw invalid(broken);
      const compiled = await compileAll(tx, manifest, draft);
      const warnings = await changedWarnings(tx, parts.sections, { before, changed }, (name) => draft.section(name));
      const choice = testsTouchedBy(changed);
      const running = { compiled, standIns: parts.standIns, clock: signing.clock };
      const { failed } = await reportOf(runTests(await readTests(tx, choice), choice, running));
      requireConsent(warnings, consent, failed);
      const fresh = changed.flatMap((name) => draft.section(name) ?? []);
      const withoutValue = await secretFindings(tx, fresh);
      if (withoutValue.length > 0) throw invalid(asIssues(withoutValue));
      failpoint("publish.checked");
      return { ...what, wanted, warnings, failed, underWay, staging };
    },

    async write(tx, actor, { wanted, warnings, failed, underWay, staging, ...what }, record, signing) {
      const { live, draft, before, manifest, changed, changedGroups, revised } = what;
      const fresh = changed.flatMap((name) => {
        const section = draft.section(name);
        const hash = manifest[name];
        return section === undefined || hash === undefined ? [] : [{ hash, section }];
      });
      await parts.sections.put(tx, fresh);
      failpoint("publish.sections_stored");
      const changes = [...revisionChanges(before, manifest, changed), ...changedGroups.map((name) => ({ name, change: "changed" as const }))];
      const at = new Date(signing.clock.now());
      const old = await keptContent(tx, actor, { live, underWay, isStaged: staging !== null }, signing);
      const kept = staging === null || old === null ? [] : [old.manifest];
      const made = { manifest, changes, comment: wanted.comment, rolledBackFrom: null, reissueOf: null, live, groups: revised };
      const said = { consented: consentedOf(warnings), overruled: wanted.overrule === undefined ? null : overruledBy(failed, wanted.overrule) };
      const revision = await writeRevision(tx, actor, { ...made, ...said, ...record, kept, before: { ...before, ...old?.manifest } }, signing);
      if (underWay !== null) await settleRollout(tx, underWay, "superseded", { at, endedBy: revision });
      if (staging !== null) await beginStaged(tx, actor, { revision, old, staging }, at);
      await forgetUnnamedValues(tx, parts.sections, [manifest, ...kept]);
      return revision;
    },
  };
}

/** Whether somebody who compared with `base` has seen what is live: the revision itself, or one that it repeats. */
async function isContentOf(tx: FleetTransaction, live: LiveRevision | null, base: number | null): Promise<boolean> {
  if (live === null || base === null) return live === null && base === null;
  if (live.number === base) return true;
  const seen = await publishedRevision(tx, base);
  return seen !== null && contentOf(seen) === contentOf(live);
}

function movedOn(live: LiveRevision | null): ServiceError {
  const now = live === null ? "nothing is live" : `revision ${live.number} is live`;
  return new ServiceError("conflict", `Somebody else published meanwhile: ${now}. Look at the changes again, then publish.`, {
    current: { live: live?.number ?? null },
  });
}
