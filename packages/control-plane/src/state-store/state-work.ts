import { type TenantTransaction, withFleet, withTenant } from "@sallyport/data";
import { type StateStore, StateStoreUnavailable } from "@sallyport/state-store";
import type { FleetScope, TenantScope } from "../access/scope.js";
import { type AuditEntry, recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";

/** How a refusal speaks of what the store keeps. */
interface Words {
  /** After *does not know where the nodes*: `keep sessions`. */
  readonly nodesDo: string;
  /** After *so nobody knows*: `which sessions there are`. */
  readonly unknown: string;
}

/** What services do with the store that the nodes share. What is there is the store's, not the database's. */
export interface StateWork {
  /** @throws ServiceError `not_configured` where the console knows no store */
  store(): StateStore;
  /** @throws ServiceError `unavailable` for a store that does not answer */
  told<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Ends something in the store, then writes the audit row: in a transaction that was open before, so that nothing is ended while nothing can
   * be recorded. A store that stops answering on the way may have ended it, or some of it: that is recorded, and thrown. What the work throws
   * otherwise is recorded as nothing.
   * @param entryOf of what was done; null when the store did not say
   * @param also what else is written with the audit row
   */
  recorded<T>(
    scope: TenantScope,
    end: () => Promise<T>,
    entryOf: (outcome: T | null) => AuditEntry,
    also?: (tx: TenantTransaction, outcome: T | null, at: Date) => Promise<void>,
  ): Promise<T>;
  /** The same at several tenants, each with an audit row of its own. */
  recordedEverywhere<T>(scope: FleetScope, end: () => Promise<T>, entriesOf: (outcome: T | null) => readonly AuditEntry[]): Promise<T>;
}

/** What came of it, or that the store stopped answering on the way. */
const attempt = <T>(end: () => Promise<T>): Promise<{ readonly value: T } | StateStoreUnavailable> =>
  end().then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof StateStoreUnavailable) return error;
      throw error;
    },
  );

/** @throws StateStoreUnavailable, once it stands in the audit log */
function outcomeOf<T>(ended: { readonly value: T } | StateStoreUnavailable): T {
  if (ended instanceof StateStoreUnavailable) throw ended;
  return ended.value;
}

const told = <T>(ended: { readonly value: T } | StateStoreUnavailable): T | null => (ended instanceof StateStoreUnavailable ? null : ended.value);

/** Ending a hundred thousand takes the store seconds. */
const END_MS = 60_000;

export function createStateWork(deps: Pick<ControlPlaneDeps, "data" | "clock" | "stateStore">, { nodesDo, unknown }: Words): StateWork {
  return {
    store() {
      if (deps.stateStore !== null) return deps.stateStore;
      throw new ServiceError(
        "not_configured",
        `The console does not know where the nodes ${nodesDo}. Give it the same SALLYPORT_STATE_URL as the nodes, and start it again.`,
      );
    },

    async told(work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StateStoreUnavailable)) throw error;
        throw new ServiceError("unavailable", `The state store does not answer, so nobody knows ${unknown}. Try again in a moment.`, {
          retryAfterSeconds: 2,
        });
      }
    },

    async recorded({ actor, tenantId, slug }, end, entryOf, also) {
      const outcome = await withTenant(
        deps.data.app,
        tenantId,
        async (tx) => {
          const ended = await attempt(end);
          const at = new Date(deps.clock.now());
          await recordAudit(tx, actor, [{ ...entryOf(told(ended)), tenantSlug: slug }], at);
          await also?.(tx, told(ended), at);
          return ended;
        },
        { timeoutMs: END_MS },
      );
      return outcomeOf(outcome);
    },

    async recordedEverywhere({ actor }, end, entriesOf) {
      const outcome = await withFleet(
        deps.data.fleet,
        async (tx) => {
          const ended = await attempt(end);
          await recordAudit(tx, actor, entriesOf(told(ended)), new Date(deps.clock.now()));
          return ended;
        },
        { timeoutMs: END_MS },
      );
      return outcomeOf(outcome);
    },
  };
}
