import { setImmediate } from "node:timers/promises";
import type { FleetTransaction } from "@sallyport/data";
import { FLEET_SECTION, type Kind, type Manifest, SECTION_KINDS, type Section, type SectionName, tenantSectionName } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import type { LastEdit, LastEditOf } from "../draft/section-changes.js";
import type { FieldIssue } from "../errors.js";
import { type Draft, readDraft } from "../objects/read-draft.js";
import { SECTION_MEMBER } from "../objects/section-member.js";
import { tenantFingerprints, wholeFingerprint } from "./draft-fingerprints.js";
import { hashOfSection } from "./manifest.js";

/** The draft at one moment: what would be published. One and the same object for as long as nothing is touched. */
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

/** Tenants a statement: few enough for its rows to fit, many enough for the database to read each table once. */
const CHUNK = 5_000;
/** Tenants hashed before others get their turn. */
const TENANTS_A_TURN = 100;

/** Who saved each object of a section; the rows themselves are let go. */
function lastEditOf(draft: Draft, tenant: string | null, section: Section | undefined): LastEditOf {
  const edits = new Map<string, LastEdit>();
  const note = (kind: Kind, name: string): void => {
    const edit = draft.lastEdit(tenant, kind, name);
    if (edit !== undefined) edits.set(`${kind}/${name}`, { updatedByName: edit.updatedByName, updatedAt: edit.updatedAt });
  };
  if (section?.kind === "fleet") {
    note("Fleet", "default");
    for (const name of Object.keys(section.rateLimitPolicies)) note("RateLimitPolicy", name);
  } else if (section?.kind === "tenant") {
    note("Tenant", section.slug);
    for (const kind of SECTION_KINDS) for (const name of Object.keys(section[SECTION_MEMBER[kind]])) note(kind, name);
  }
  return (kind, name) => edits.get(`${kind}/${name}`);
}

function toKept(draft: Draft, name: SectionName, tenant: string | null, section: Section | undefined, fingerprint: string): KeptSection {
  const issues = draft.unreadable.get(name);
  if (issues === undefined && section === undefined) throw new Error(`${name} has rows but no section.`);
  return {
    fingerprint,
    content: issues === undefined && section !== undefined ? { section, hash: hashOfSection(section) } : { issues: issues ?? [] },
    lastEdit: lastEditOf(draft, tenant, section),
  };
}

/** Reads the draft and keeps each tenant's section with its hash, so that only tenants that were touched are read again. */
export function createDraftReader(deps: ControlPlaneDeps): DraftReader {
  const kept = new Map<string, KeptSection>();
  let current: { readonly whole: string; readonly state: DraftState } | null = null;
  let underWay: Promise<DraftState> | null = null;

  async function refresh(tx: FleetTransaction): Promise<DraftState> {
    const whole = await wholeFingerprint(tx);
    if (current?.whole === whole) return current.state;
    const now = await tenantFingerprints(tx);
    const touched = now.filter(({ slug, fingerprint }) => kept.get(slug)?.fingerprint !== fingerprint);
    for (let start = 0; start < touched.length; start += CHUNK) {
      const part = touched.slice(start, start + CHUNK);
      const draft = await readDraft(tx, { tenants: part.map(({ slug }) => slug) });
      for (const [index, { slug, fingerprint }] of part.entries()) {
        kept.set(slug, toKept(draft, tenantSectionName(slug), slug, draft.tenants.get(slug), fingerprint));
        if (index % TENANTS_A_TURN === TENANTS_A_TURN - 1) await setImmediate();
      }
    }
    const ofFleet = await readDraft(tx, { tenants: [] });
    const state = new Map<SectionName, KeptSection>([[FLEET_SECTION, toKept(ofFleet, FLEET_SECTION, null, ofFleet.fleet, "")]]);
    const present = new Set(now.map(({ slug }) => slug));
    for (const [slug, entry] of kept) {
      if (present.has(slug)) state.set(tenantSectionName(slug), entry);
      else kept.delete(slug);
    }
    current = { whole, state: stateOf(state) };
    return current.state;
  }

  // One reading after the other, each in repeatable read: what is read belongs to one moment.
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
