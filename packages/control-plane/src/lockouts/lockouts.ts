import { withTenant } from "@sallyport/data";
import { type Lockout, type LockoutStore, StateStoreUnavailable } from "@sallyport/state-store";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { type AuditEntry, recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
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
/** Ending 20,000 takes the store seconds. */
const END_ALL_MS = 60_000;

const toRow = ({ id, address, username, failures, reason, sinceMs, untilMs }: Lockout): LockoutRow => ({
  ...{ id, address, username, failures, reason },
  ...{ since: new Date(sinceMs), until: new Date(untilMs) },
});

export function createLockouts(deps: Pick<ControlPlaneDeps, "data" | "clock" | "stateStore">): Lockouts {
  const lockoutStore = (): LockoutStore => {
    if (deps.stateStore !== null) return deps.stateStore.lockouts;
    throw new ServiceError(
      "not_configured",
      "The console does not know where the nodes count failed authentications. Give it the same SALLYPORT_STATE_URL as the nodes, and start it again.",
    );
  };
  /** @throws ServiceError `unavailable` for a store that does not answer */
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StateStoreUnavailable)
        throw new ServiceError("unavailable", "The state store does not answer, so nobody knows who is locked out. Try again in a moment.", {
          retryAfterSeconds: 2,
        });
      throw error;
    }
  };

  /** In a transaction that was open before, so that nothing is ended while nothing can be recorded. What the work throws is recorded as nothing. */
  const recorded = <T>({ actor, tenantId, slug }: TenantScope, work: () => Promise<{ readonly result: T; readonly entry: AuditEntry }>): Promise<T> =>
    withTenant(
      deps.data.app,
      tenantId,
      async (tx) => {
        const { result, entry } = await work();
        await recordAudit(tx, actor, [{ ...entry, tenantSlug: slug }], new Date(deps.clock.now()));
        return result;
      },
      { timeoutMs: END_ALL_MS },
    );

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
      await told(() =>
        recorded(scope, async () => {
          const ended = await store.unlock(scope.slug, id);
          if (ended === null) throw notFound("lockout");
          const { address, username, failures, reason, until } = toRow(ended);
          const before = { failures, reason, until: until.toISOString() };
          return {
            result: undefined,
            entry: { action: "lockout.end", targetKind: "Lockout", targetName: username === null ? address : `${username} at ${address}`, before },
          };
        }),
      );
    },

    async endAll(scope) {
      requireOnTenant(scope, "lockout.end");
      const store = lockoutStore();
      return told(() =>
        recorded(scope, async () => {
          let ended = 0;
          for (;;) {
            const { lockouts } = await store.list(scope.slug, STEP);
            if (lockouts.length === 0) break;
            for (const { id } of lockouts) if ((await store.unlock(scope.slug, id)) !== null) ended += 1;
          }
          const entry = { action: "lockout.end_lockouts", targetKind: "Tenant", targetName: scope.slug, before: { lockouts: ended } };
          return { result: { ended }, entry };
        }),
      );
    },
  };
}
