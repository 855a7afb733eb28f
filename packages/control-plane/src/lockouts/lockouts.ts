import type { Lockout, LockoutStore } from "@sallyport/state-store";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { AuditEntry } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { createStateWork } from "../state-store/state-work.js";
import { parse } from "../validation.js";
import { endLockoutInput, listLockoutsInput } from "./lockouts.schemas.js";

/** An address that is locked out of a tenant. */
export interface LockoutRow {
  readonly id: string;
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly address: string;
  /** Whom it tried to sign in as, at a login of the tenant's own; null where it is locked out altogether. */
  readonly username: string | null;
  /** Failed authentications that locked it out, and the deny code of the last one. */
  readonly failures: number;
  readonly reason: string;
  readonly since: Date;
  readonly until: Date;
}

/**
 * Who is locked out of a tenant after failed authentications (BEHAVIOUR §5). They are the state store's; what is ended here is over at every
 * node within a second. Each method throws ServiceError `not_configured` where the console knows no store, and `unavailable` while the store
 * does not answer.
 */
export interface Lockouts {
  /** The newest first, and how many there are. */
  list(scope: TenantScope, input: z.input<typeof listLockoutsInput>): Promise<{ readonly items: readonly LockoutRow[]; readonly total: number }>;
  /** @throws ServiceError `not_found` when the tenant has no such lockout, or no longer */
  end(scope: TenantScope, input: z.input<typeof endLockoutInput>): Promise<void>;
  /** How many there were. */
  endAll(scope: TenantScope): Promise<{ readonly ended: number }>;
}

/** Ended with one look at the list. */
const STEP = 500;

const toRow = ({ id, address, username, failures, reason, sinceMs, untilMs }: Lockout): LockoutRow => ({
  ...{ id, address, username, failures, reason },
  ...{ since: new Date(sinceMs), until: new Date(untilMs) },
});

/** What the audit log says of it. */
const shownIn = ({ address, username, failures, reason, until }: LockoutRow): Pick<AuditEntry, "targetName" | "before"> => ({
  targetName: username === null ? address : `${username} at ${address}`,
  before: { failures, reason, until: until.toISOString() },
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

    async endAll(scope) {
      requireOnTenant(scope, "lockout.end");
      const store = lockoutStore();
      const unlockAll = async (): Promise<number> => {
        let ended = 0;
        // As many as there are now: while somebody goes on guessing there are always new ones.
        let { total: left } = await store.list(scope.slug, 1);
        while (left > 0) {
          const { lockouts } = await store.list(scope.slug, Math.min(STEP, left));
          if (lockouts.length === 0) break;
          for (const { id } of lockouts) if ((await store.unlock(scope.slug, id)) !== null) ended += 1;
          left -= lockouts.length;
        }
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
