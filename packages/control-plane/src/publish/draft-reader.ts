import type { FleetTransaction } from "@sallyport/data";
import { FLEET_SECTION, type Manifest, type Section, type SectionName, tenantSectionName } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import type { LastEditOf } from "../draft/section-changes.js";
import type { FieldIssue } from "../errors.js";
import { readDraft } from "../objects/read-draft.js";
import { hashOfSection } from "./manifest.js";

/** The draft at one moment: what would be published. */
export interface DraftState {
  /** Without the sections that are unreadable. */
  readonly manifest: Manifest;
  /** Sections whose stored specs do not fit this build's contract. They are never published; what is live of them stays. */
  readonly unreadable: ReadonlyMap<SectionName, readonly FieldIssue[]>;
  section(name: SectionName): Section | undefined;
  lastEdit(name: SectionName): LastEditOf;
}

export interface DraftReader {
  /** One consistent state, in a transaction of its own; those who ask at the same time share one reading. */
  read(): Promise<DraftState>;
  /** For a caller that already holds the lock that makes its reading final: never shared with an earlier one. */
  readAnew(): Promise<DraftState>;
}

interface KeptSection {
  readonly fingerprint: string;
  readonly content: { readonly section: Section; readonly hash: string } | { readonly issues: readonly FieldIssue[] };
  readonly lastEdit: LastEditOf;
}

interface FingerprintRow {
  readonly slug: string;
  readonly fingerprint: string;
}

/**
 * One number for each tenant that changes with every write to any of its rows: `xmin` is the transaction that made a row's
 * present version, so that no service can forget to raise it.
 */
function fingerprints(tx: FleetTransaction): Promise<FingerprintRow[]> {
  return tx.$queryRaw<FingerprintRow[]>`
    with object as (
      select tenant_id, hashtextextended('i' || id::text || xmin::text, 0) as h from identity_provider
      union all select tenant_id, hashtextextended('u' || id::text || xmin::text, 0) from upstream
      union all select tenant_id, hashtextextended('r' || id::text || xmin::text, 0) from route
      union all select tenant_id, hashtextextended('l' || id::text || xmin::text, 0) from rate_limit_policy
      union all select tenant_id, hashtextextended('p' || id::text || xmin::text, 0) from propagation_policy
      union all select tenant_id, hashtextextended('d' || id::text || xmin::text, 0) from degradation_policy
    ), combined as (
      select tenant_id, sum(h)::text || ':' || count(*)::text as h from object group by tenant_id
    )
    select tenant.slug, tenant.id::text || ':' || tenant.xmin::text || ':' || coalesce(combined.h, '') as fingerprint
    from tenant left join combined on combined.tenant_id = tenant.id
    where tenant.deleted_at is null`;
}

/** Reads the draft and keeps each tenant's section with its hash, so that only tenants that were touched are read again. */
export function createDraftReader(deps: ControlPlaneDeps): DraftReader {
  const kept = new Map<string, KeptSection>();
  let underWay: Promise<DraftState> | null = null;

  async function refresh(tx: FleetTransaction): Promise<DraftState> {
    const now = await fingerprints(tx);
    const touched = now.filter(({ slug, fingerprint }) => kept.get(slug)?.fingerprint !== fingerprint);
    const draft = await readDraft(tx, { tenants: touched.map(({ slug }) => slug) });
    const keptOf = (name: SectionName, fingerprint: string, section: Section | undefined, tenant: string | null): KeptSection => {
      const issues = draft.unreadable.get(name);
      if (issues === undefined && section === undefined) throw new Error(`${name} has rows but no section.`);
      return {
        fingerprint,
        content: issues === undefined && section !== undefined ? { section, hash: hashOfSection(section) } : { issues: issues ?? [] },
        lastEdit: (kind, object) => draft.lastEdit(tenant, kind, object),
      };
    };
    for (const { slug, fingerprint } of touched) kept.set(slug, keptOf(tenantSectionName(slug), fingerprint, draft.tenants.get(slug), slug));
    const state = new Map<SectionName, KeptSection>([[FLEET_SECTION, keptOf(FLEET_SECTION, "", draft.fleet, null)]]);
    const present = new Set<string>();
    for (const { slug } of now) {
      present.add(slug);
      const entry = kept.get(slug);
      if (entry !== undefined) state.set(tenantSectionName(slug), entry);
    }
    for (const slug of kept.keys()) if (!present.has(slug)) kept.delete(slug);
    return stateOf(state);
  }

  // Repeatable read: the fingerprints and what is read for them belong to one moment.
  let last: Promise<unknown> = Promise.resolve();
  const readAnew = (): Promise<DraftState> => {
    const next = last.then(() => deps.data.fleet.$transaction(refresh, { isolationLevel: "RepeatableRead", maxWait: 20_000, timeout: 60_000 }));
    last = next.catch(() => undefined);
    return next;
  };
  return {
    readAnew,
    read() {
      underWay ??= readAnew().finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

function stateOf(sections: ReadonlyMap<SectionName, KeptSection>): DraftState {
  const manifest: Record<SectionName, string> = {};
  const unreadable = new Map<SectionName, readonly FieldIssue[]>();
  for (const [name, { content }] of sections) {
    if ("hash" in content) manifest[name] = content.hash;
    else unreadable.set(name, content.issues);
  }
  return {
    manifest,
    unreadable,
    section(name) {
      const content = sections.get(name)?.content;
      return content !== undefined && "section" in content ? content.section : undefined;
    },
    lastEdit: (name) => sections.get(name)?.lastEdit ?? (() => undefined),
  };
}
