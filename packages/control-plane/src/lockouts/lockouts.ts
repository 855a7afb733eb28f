import { addressBucket } from "@sallyport/pipeline";
import { type Lockout, type LockoutFilter, type LockoutKind, type LockoutStore, lockoutKindOf } from "@sallyport/state-store";
import type { z } from "zod";
import { requireOnFleet, requireOnTenant } from "../access/require.js";
import type { FleetScope, TenantScope } from "../access/scope.js";
import type { AuditEntry } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { createStateWork } from "../state-store/state-work.js";
import { parse } from "../validation.js";
import { endFoundLockoutsInput, endLockoutInput, findLockoutsInput, listLockoutsInput } from "./lockouts.schemas.js";

/** An address that is locked out of a tenant, or a username that is slowed down there. */
export interface LockoutRow {
  readonly id: string;
  readonly kind: LockoutKind;
  /** An IPv4 address, or the /64 of an IPv6 address; `*`: from wherever, of a username that is slowed down. */
  readonly address: string;
  /** Whom it tried to sign in as, at a login of the tenant's own; null where it is locked out altogether. */
  readonly username: string | null;
  /** Failed authentications that locked it out, and the deny code of the last one. */
  readonly failures: number;
  readonly reason: string;
  readonly since: Date;
  readonly until: Date;
}

/** One of a fleet's list. */
export interface FleetLockoutRow extends LockoutRow {
  /** Slug. */
  readonly tenant: string;
}

interface LockoutPage<Row> {
  readonly items: readonly Row[];
  readonly total: number;
}

/**
 * Who is locked out of a tenant after failed authentications (BEHAVIOUR §5). They are the state store's; what is ended here is over at every
 * node within a second. Each method throws ServiceError `not_configured` where the console knows no store, and `unavailable` while the store
 * does not answer.
 */
export interface Lockouts {
  /** The newest first, and how many there are. */
  list(scope: TenantScope, input: z.input<typeof listLockoutsInput>): Promise<LockoutPage<LockoutRow>>;
  /** The same of every tenant, by what is looked for; each is ended at its tenant. */
  find(scope: FleetScope, input: z.input<typeof findLockoutsInput>): Promise<LockoutPage<FleetLockoutRow>>;
  /** @throws ServiceError `not_found` when the tenant has no such lockout, or no longer */
  end(scope: TenantScope, input: z.input<typeof endLockoutInput>): Promise<void>;
  /** All that are found so, at every tenant. How many there were. */
  endFound(scope: FleetScope, input: z.input<typeof endFoundLockoutsInput>): Promise<{ readonly ended: number }>;
  /** How many there were. */
  endAll(scope: TenantScope): Promise<{ readonly ended: number }>;
}

/** Ended with one look at the list. */
const STEP = 500;

const toRow = (lockout: Lockout): LockoutRow => {
  const { id, address, username, failures, reason, sinceMs, untilMs } = lockout;
  return {
    ...{ id, kind: lockoutKindOf(lockout), address, username, failures, reason },
    ...{ since: new Date(sinceMs), until: new Date(untilMs) },
  };
};

/** Ends as many as there are now: while somebody goes on guessing there are always new ones. */
async function endEach(
  look: (limit: number) => Promise<{ readonly lockouts: readonly Lockout[]; readonly total: number }>,
  end: (lockout: Lockout) => Promise<void>,
): Promise<void> {
  let { total: left } = await look(1);
  while (left > 0) {
    const { lockouts } = await look(Math.min(STEP, left));
    if (lockouts.length === 0) return;
    for (const lockout of lockouts) await end(lockout);
    left -= lockouts.length;
  }
}

/** What the audit log says of it. */
const shownIn = ({ address, username, failures, reason, until }: LockoutRow): Pick<AuditEntry, "targetName" | "before"> => ({
  targetName: username === null ? address : `${username} at ${address}`,
  before: { failures, reason, until: until.toISOString() },
});

/** What the store is asked for. */
const filterOf = ({ tenant, kind, search }: Omit<z.output<typeof findLockoutsInput>, "limit">): LockoutFilter => ({
  tenant: tenant ?? null,
  kind: kind ?? null,
  text: search === undefined ? null : addressBucket(search).toLowerCase(),
});

export function createLockouts(deps: Pick<ControlPlaneDeps, "data" | "clock" | "stateStore">): Lockouts {
  const work = createStateWork(deps, { nodesDo: "count failed authentications", unknown: "who is locked out" });
  const { told, recorded } = work;
  const lockoutStore = (): LockoutStore => work.store().lockouts;

  return {
    async list(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { limit } = parse(listLockoutsInput, raw);
      const store = lockoutStore();
      const { lockouts, total } = await told(() => store.list(scope.slug, limit));
      return { items: lockouts.map(toRow), total };
    },

    async find(scope, raw) {
      requireOnFleet(scope, "tenant.read");
      const { limit, ...by } = parse(findLockoutsInput, raw);
      const store = lockoutStore();
      const { lockouts, total } = await told(() => store.find(filterOf(by), limit));
      return { items: lockouts.map((lockout) => ({ ...toRow(lockout), tenant: lockout.tenant })), total };
    },

    async end(scope, raw) {
      requireOnTenant(scope, "lockout.end");
      const { id } = parse(endLockoutInput, raw);
      const store = lockoutStore();
      const unlock = async (): Promise<LockoutRow> => {
        const ended = await store.unlock(scope.slug, id);
        if (ended === null) throw notFound("lockout");
        return toRow(ended);
      };
      await told(() =>
        recorded(scope, unlock, (row) => ({ action: "lockout.end", targetKind: "Lockout", ...(row === null ? { targetName: id } : shownIn(row)) })),
      );
    },

    async endFound(scope, raw) {
      requireOnFleet(scope, "lockout.end");
      const by = parse(endFoundLockoutsInput, raw);
      const store = lockoutStore();
      const unlockFound = async (): Promise<ReadonlyMap<string, number>> => {
        const ended = new Map<string, number>();
        await endEach(
          (limit) => store.find(filterOf(by), limit),
          async ({ tenant, id }) => {
            if ((await store.unlock(tenant, id)) !== null) ended.set(tenant, (ended.get(tenant) ?? 0) + 1);
          },
        );
        return ended;
      };
      const entryOf = (slug: string | null, lockouts: number | null): AuditEntry => ({
        ...{ action: "lockout.end_lockouts", targetKind: "Tenant", targetName: slug ?? "every tenant", tenantSlug: slug },
        before: { lockouts, ...by },
      });
      const entriesOf = (ended: ReadonlyMap<string, number> | null): AuditEntry[] =>
        ended === null ? [entryOf(by.tenant ?? null, null)] : [...ended].map(([slug, lockouts]) => entryOf(slug, lockouts));
      const ended = await told(() => work.recordedEverywhere(scope, unlockFound, entriesOf));
      return { ended: [...ended.values()].reduce((sum, each) => sum + each, 0) };
    },

    async endAll(scope) {
      requireOnTenant(scope, "lockout.end");
      const store = lockoutStore();
      const unlockAll = async (): Promise<number> => {
        let ended = 0;
        await endEach(
          (limit) => store.list(scope.slug, limit),
          async ({ id }) => {
            if ((await store.unlock(scope.slug, id)) !== null) ended += 1;
          },
        );
        return ended;
      };
      const entryOf = (lockouts: number | null) => ({
        ...{ action: "lockout.end_lockouts", targetKind: "Tenant", targetName: scope.slug },
        before: { lockouts },
      });
      return { ended: await told(() => recorded(scope, unlockAll, entryOf)) };
    },
  };
}
