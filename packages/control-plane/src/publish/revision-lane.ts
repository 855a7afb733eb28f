import { type FleetTransaction, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import type { ControlPlaneDeps } from "../deps.js";
import { lockRevisions } from "./write-revision.js";

/** Work in a transaction that holds the revisions' lock from its beginning, so that whatever else it locks comes after. */
export type RevisionLane = <T>(work: (tx: FleetTransaction) => Promise<T>) => Promise<T>;

/** A publish of 10,000 tenants reads, compiles and writes for seconds; whoever waits for its lock waits as long. */
const TRANSACTION_MS = 120_000;

/** Those of one process queue here, so that they do not hold connections while they wait for the lock. */
export function createRevisionLane(deps: ControlPlaneDeps): RevisionLane {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(async () => {
      const result = await withFleet(
        deps.data.fleet,
        async (tx) => {
          await lockRevisions(tx);
          failpoint("publish.begun");
          const done = await work(tx);
          failpoint("publish.before_commit");
          return done;
        },
        { timeoutMs: TRANSACTION_MS },
      );
      failpoint("publish.committed");
      return result;
    });
    last = next.catch(() => undefined);
    return next;
  };
}
