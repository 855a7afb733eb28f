import { setImmediate } from "node:timers/promises";
import type { FleetTransaction } from "@sallyport/data";
import {
  type FleetSection,
  fleetSection,
  fleetSpec,
  type Kind,
  type NodeGroupSpec,
  nodeGroupSpec,
  type TenantSection,
  type TenantSpec,
  tenantSection,
  tenantSectionName,
  tenantSpec,
} from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { check } from "../validation.js";
import { type DraftRow, draftRows } from "./draft-rows.js";
import { SECTION_MEMBER } from "./section-member.js";

/** Who saved an object last, and which version stands. */
export interface LastEdit {
  readonly updatedByName: string | null;
  readonly updatedAt: Date;
  readonly version: number;
}

/** The draft as nodes would get it, and who wrote it. */
export interface Draft {
  readonly fleet: FleetSection;
  /** By slug, in the order of the slugs. */
  readonly tenants: ReadonlyMap<string, TenantSection>;
  /** The tenants' own specs, with the display names that no section has. */
  readonly tenantSpecs: ReadonlyMap<string, TenantSpec>;
  readonly groups: ReadonlyMap<string, NodeGroupSpec>;
  /** Specs of policy tests by name: in no section, hence never published. They are as they are stored: whoever runs one reads it. @param tenant null for those of the whole fleet */
  policyTestsOf(tenant: string | null): ReadonlyMap<string, unknown>;
  /** @param tenant null for fleet-wide objects; the name of `Fleet` is `default`, of `Tenant` its slug */
  lastEdit(tenant: string | null, kind: Kind, name: string): LastEdit | undefined;
  /** Sections (and groups, `groups/<name>`) whose stored specs do not fit this build's contract: never to be published. */
  readonly unreadable: ReadonlyMap<string, readonly FieldIssue[]>;
}

/** After so many tenants others get their turn: parsing 10,000 takes seconds, and polls go on meanwhile. */
const TENANTS_A_TURN = 50;

const MEMBERS: Readonly<Record<string, string>> = SECTION_MEMBER;

/** A tenant's rows by kind, then name; `Tenant` holds one. */
type RowsByKind = Map<string, Map<string, DraftRow>>;

/** The map under the key, made when it is not there. */
function within<K, V>(outer: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const inner = outer.get(key) ?? new Map<K, V>();
  outer.set(key, inner);
  return inner;
}

const specsOf = (rows: RowsByKind, kind: string): Record<string, unknown> =>
  Object.fromEntries([...(rows.get(kind) ?? [])].map(([name, row]) => [name, row.spec]));

function sectionBody(slug: string, rows: RowsByKind, own: TenantSpec): unknown {
  const { displayName: _, ...declared } = own;
  const objects = Object.fromEntries(Object.entries(MEMBERS).map(([kind, member]) => [member, specsOf(rows, kind)]));
  return { kind: "tenant", slug, ...declared, ...objects };
}

/**
 * Reads what is declared: one statement, hence one state, however many tenants there are and whoever writes meanwhile.
 * Run it in a fleet transaction (`withFleet`), or in a tenant's for that tenant alone.
 * @param tenants slugs to read; absent means all. The fleet's own objects and groups always come along.
 */
export async function readDraft(tx: FleetTransaction, { tenants }: { readonly tenants?: readonly string[] } = {}): Promise<Draft> {
  const ofFleet: RowsByKind = new Map();
  const byTenant = new Map<string, RowsByKind>();
  for (const row of await draftRows(tx, tenants)) {
    const kinds = row.tenant === null ? ofFleet : within(byTenant, row.tenant);
    within(kinds, row.kind).set(row.name, row);
  }

  const unreadable = new Map<string, readonly FieldIssue[]>();
  const sections = new Map<string, TenantSection>();
  const tenantSpecs = new Map<string, TenantSpec>();
  for (const [index, slug] of [...byTenant.keys()].sort().entries()) {
    if (index % TENANTS_A_TURN === TENANTS_A_TURN - 1) await setImmediate();
    const rows = byTenant.get(slug) ?? new Map();
    const own = check(tenantSpec, rows.get("Tenant")?.get(slug)?.spec);
    const section = own.ok ? check(tenantSection, sectionBody(slug, rows, own.value)) : own;
    if (own.ok) tenantSpecs.set(slug, own.value);
    if (own.ok && section.ok && "slug" in section.value) sections.set(slug, section.value);
    else if (!section.ok) unreadable.set(tenantSectionName(slug), section.issues);
  }

  return {
    ...fleetOf(ofFleet, unreadable),
    tenants: sections,
    tenantSpecs,
    policyTestsOf(tenant) {
      const rows = (tenant === null ? ofFleet : byTenant.get(tenant))?.get("PolicyTest");
      return new Map([...(rows ?? [])].map(([name, row]) => [name, row.spec]));
    },
    lastEdit(tenant, kind, name) {
      const row = (tenant === null ? ofFleet : byTenant.get(tenant))?.get(kind)?.get(name);
      return row && { updatedByName: row.updated_by, updatedAt: row.updated_at, version: row.version };
    },
    unreadable,
  };
}

function fleetOf(rows: RowsByKind, unreadable: Map<string, readonly FieldIssue[]>): Pick<Draft, "fleet" | "groups"> {
  const settings = rows.get("Fleet")?.get("default")?.spec ?? {};
  const fleet = check(fleetSection, { kind: "fleet", settings, rateLimitPolicies: specsOf(rows, "RateLimitPolicy") });
  if (!fleet.ok) unreadable.set("fleet", fleet.issues);
  const groups = new Map<string, NodeGroupSpec>();
  for (const [name, row] of rows.get("NodeGroup") ?? []) {
    const spec = check(nodeGroupSpec, row.spec);
    if (spec.ok) groups.set(name, spec.value);
    else unreadable.set(`groups/${name}`, spec.issues);
  }
  // Unreadable settings leave the defaults in their place here; `unreadable` keeps them from being published.
  return { fleet: fleet.ok ? fleet.value : { kind: "fleet", settings: fleetSpec.parse({}), rateLimitPolicies: {} }, groups };
}
