import { withFleet } from "@sallyport/data";
import type { CounterExample } from "@sallyport/pipeline";
import { FLEET_SECTION, type Manifest, type Section, type SectionName, tenantSectionName } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { createCompileCheck, type Finding } from "../publish/compile-check.js";
import { unpublishedSections } from "../publish/compose.js";
import type { DraftState } from "../publish/draft-reader.js";
import { groupSelections } from "../publish/group-selection.js";
import { slugOfSection } from "../publish/manifest.js";
import type { PublishInput } from "../publish/publish.schemas.js";
import type { Publisher, PublisherParts } from "../publish/publisher.js";
import { secretFindings, sendsSecrets } from "../secrets/publish-secrets.js";
import { counterExamplesOf, pairsOf, unreadableFindings, warningsOf } from "./draft-findings.js";
import { groupChange } from "./group-change.js";
import { removeAddedTenant, restoreFleet, restoreTenant } from "./restore-section.js";
import { type SectionChange, sectionChange } from "./section-changes.js";

/** For the header's pill: how much waits to be published. */
export interface DraftSummary {
  /** The live revision; null before the first. */
  readonly base: number | null;
  /** Sections that differ. */
  readonly unpublished: number;
  readonly tenants: readonly string[];
}

export interface DraftDiff {
  readonly base: number | null;
  readonly sections: readonly SectionChange[];
}

export interface DraftValidation {
  readonly ok: boolean;
  readonly errors: readonly Finding[];
  /** In the unpublished sections: what is allowed and may still not be meant. */
  readonly warnings: readonly Finding[];
  /** Proof that no two tenants accept one token (DESIGN §5); `pairs` of tenants were compared. */
  readonly isolation: { readonly ok: boolean; readonly pairs: number; readonly violations: readonly CounterExample[] };
  readonly ms: number;
}

export interface Draft {
  summary(actor: Actor): Promise<DraftSummary>;
  /** What a publish would change, field by field. @throws ServiceError `not_found` for a tenant that is neither live nor in the draft. */
  diff(actor: Actor, input?: { readonly tenant?: string | undefined }): Promise<DraftDiff>;
  /** Compiles the whole draft as nodes would. */
  validate(actor: Actor): Promise<DraftValidation>;
  /** Puts the live content of a section back. @throws ServiceError `not_found` when the section does not differ. */
  discard(actor: Actor, input: { readonly section: SectionName }): Promise<void>;
  publish(actor: Actor, input: PublishInput): Promise<{ revision: number }>;
}

const NOTHING: Manifest = {};

export function createDraft(deps: ControlPlaneDeps, parts: PublisherParts, publisher: Publisher): Draft {
  const compileCheck = createCompileCheck();

  const validations = new WeakMap<DraftState, Promise<Omit<DraftValidation, "warnings">>>();
  const differences = new WeakMap<DraftState, { readonly live: Manifest; readonly names: readonly SectionName[] }>();

  function unpublished(live: Manifest, draft: DraftState): readonly SectionName[] {
    const known = differences.get(draft);
    if (known?.live === live) return known.names;
    const names = unpublishedSections(live, draft);
    differences.set(draft, { live, names });
    return names;
  }

  async function check(draft: DraftState): Promise<Omit<DraftValidation, "ms" | "warnings">> {
    const { findings } = await compileCheck.run(draft.manifest, (name) => {
      const section = draft.section(name);
      if (section === undefined) throw new Error(`${name} has no content.`);
      return section;
    });
    const errors = [...unreadableFindings(draft), ...findings];
    const violations = counterExamplesOf(findings);
    return { ok: errors.length === 0, errors, isolation: { ok: violations.length === 0, pairs: pairsOf(draft.manifest), violations } };
  }

  /** Draft and live content side by side. */
  async function states() {
    const draft = await parts.drafts.read();
    return withFleet(deps.data.fleet, async (tx) => {
      const live = await parts.readLive(tx);
      const { differing } = await groupSelections(tx, live?.number ?? null);
      return { draft, base: live?.number ?? null, live: live?.manifest ?? NOTHING, groups: differing };
    });
  }

  async function bodies(hashes: readonly string[]): Promise<Map<string, Section>> {
    return withFleet(deps.data.fleet, (tx) => parts.sections.get(tx, hashes));
  }

  async function changesOf(draft: DraftState, live: Manifest, names: readonly SectionName[]): Promise<SectionChange[]> {
    const readable = names.filter((name) => !draft.unreadable.has(name));
    const before = await bodies(readable.flatMap((name) => live[name] ?? []));
    return readable.map((name) => sectionChange(name, before.get(live[name] ?? ""), draft.section(name), draft.lastEdit(name)));
  }

  return {
    async summary(actor) {
      requireFleetGrant(actor, "draft.read");
      const { draft, live, base, groups } = await states();
      const names = unpublished(live, draft);
      return { base, unpublished: names.length + groups.length, tenants: names.flatMap((name) => slugOfSection(name) ?? []) };
    },

    async diff(actor, { tenant } = {}) {
      requireFleetGrant(actor, "draft.read");
      const { draft, live, base, groups } = await states();
      const wanted = tenant === undefined ? null : tenantSectionName(tenant);
      if (wanted !== null && live[wanted] === undefined && draft.manifest[wanted] === undefined && !draft.unreadable.has(wanted))
        throw notFound("tenant");
      const names = unpublished(live, draft).filter((name) => wanted === null || name === wanted);
      const sections = await changesOf(draft, live, names);
      return { base, sections: wanted === null ? [...sections, ...groups.map(groupChange)] : sections };
    },

    async validate(actor) {
      requireFleetGrant(actor, "draft.read");
      const started = performance.now();
      const { draft, live } = await states();
      // Pages ask every few seconds; the answer changes with the draft only.
      const validation = validations.get(draft) ?? check(draft).then((result) => ({ ...result, ms: performance.now() - started }));
      validations.set(draft, validation);
      validation.catch(() => validations.delete(draft));
      // Of what is about to change: what has long been live was looked at when it was published.
      const names = unpublished(live, draft);
      const sending = names.flatMap((name) => draft.section(name) ?? []).filter(sendsSecrets);
      const missing = sending.length === 0 ? [] : await withFleet(deps.data.fleet, (tx) => secretFindings(tx, sending));
      const { ok, errors, ...rest } = await validation;
      return { ...rest, ok: ok && missing.length === 0, errors: [...errors, ...missing], warnings: warningsOf(draft, names) };
    },

    async discard(actor, { section: name }) {
      requireFleetGrant(actor, name === FLEET_SECTION ? "fleet.write" : "tenant.write");
      const { draft, live } = await states();
      if (!unpublished(live, draft).includes(name)) throw notFound("unpublished change");
      const hash = live[name];
      const slug = slugOfSection(name);
      if (hash === undefined) requireFleetGrant(actor, "tenant.delete");
      const [body] = hash === undefined ? [] : (await bodies([hash])).values();
      const at = new Date(deps.clock.now());
      const stamp = { updatedBy: actor.name, at };
      await withFleet(deps.data.fleet, async (tx) => {
        if (body?.kind === "tenant") await restoreTenant(tx, body, stamp);
        else if (body?.kind === "fleet") await restoreFleet(tx, body, stamp);
        else if (slug !== null) await removeAddedTenant(tx, slug);
        else throw new ServiceError("precondition", "The fleet's settings were never published: there is nothing to go back to.");
        const entry = { action: "draft.discard", targetKind: "Section", targetName: name, tenantSlug: slug, after: { hash: hash ?? null } };
        await recordAudit(tx, actor, [entry], at);
      });
    },

    publish: (actor, input) => publisher.publish(actor, input),
  };
}
