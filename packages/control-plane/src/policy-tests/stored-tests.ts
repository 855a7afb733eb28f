import type { FleetTransaction } from "@sallyport/data";
import { FLEET_SECTION, type SectionName, tenantSectionName } from "@sallyport/snapshot";
import { slugOfSection } from "../publish/manifest.js";

/** A test as it is stored. */
export interface StoredTest {
  /** Slug of the tenant that it belongs to; null for one of the whole fleet. */
  readonly tenant: string | null;
  readonly name: string;
  readonly spec: unknown;
}

/** Which tests are meant, and for which tenants those hold that are for each. */
export interface TestChoice {
  /** Slugs; `all` is every tenant's. */
  readonly tenants: readonly string[] | "all";
  readonly ofFleet: boolean;
}

/**
 * The tests that a change of these sections can turn: those of the tenants that it touches, all of them where the fleet's settings change,
 * and always those of the whole fleet.
 */
export function testsTouchedBy(changed: readonly SectionName[]): TestChoice {
  const tenants = changed.includes(FLEET_SECTION) ? ("all" as const) : changed.flatMap((name) => slugOfSection(name) ?? []);
  return { tenants, ofFleet: true };
}

/** Whether a tenant is among those that are meant. */
export const isChosen = ({ tenants }: TestChoice, slug: string): boolean => tenants === "all" || tenants.includes(slug);

/** Those of the fleet first, then tenant by tenant. */
export async function readTests(tx: FleetTransaction, { tenants, ofFleet }: TestChoice): Promise<StoredTest[]> {
  const fleetWide = ofFleet
    ? await tx.fleetObject.findMany({ where: { kind: "PolicyTest" }, select: { name: true, spec: true }, orderBy: { name: "asc" } })
    : [];
  const own = await tx.policyTest.findMany({
    where: { tenant: { deletedAt: null, ...(tenants === "all" ? {} : { slug: { in: [...tenants] } }) } },
    select: { name: true, spec: true, tenant: { select: { slug: true } } },
    orderBy: [{ tenant: { slug: "asc" } }, { name: "asc" }],
  });
  return [...fleetWide.map((row) => ({ ...row, tenant: null })), ...own.map(({ tenant, ...row }) => ({ ...row, tenant: tenant.slug }))];
}

/** Where a test stands: `tenants/acme/policyTests/reads`, or `policyTests/reads` for one of the whole fleet. */
export const pathOfTest = ({ tenant, name }: Pick<StoredTest, "tenant" | "name">): string =>
  tenant === null ? `policyTests/${name}` : `${tenantSectionName(tenant)}/policyTests/${name}`;
