import { type FleetTransaction, withFleet } from "@sallyport/data";
import type { ControlPlaneDeps } from "../deps.js";
import type { CheckId } from "./catalogue.js";
import type { HealthState } from "./finding.js";

/** What one check came to, as far as it is kept. */
export interface Judged {
  readonly id: CheckId;
  readonly state: HealthState;
  readonly subjects: readonly string[];
}

/** Since when each check is in its state, and each finding is there. */
export interface Sinces {
  readonly ofCheck: ReadonlyMap<string, Date>;
  /** By `checkId subject`. */
  readonly ofFinding: ReadonlyMap<string, Date>;
}

export const findingKey = (id: string, subject: string): string => `${id} ${subject}`;

/** An evaluation that changes nothing is written down this often: that is how exact "last evaluated" is after a restart, ms. */
const WRITE_EVERY_MS = 30_000;

async function read(tx: FleetTransaction, ids: readonly CheckId[]) {
  const checks = await tx.healthCheck.findMany({ where: { id: { in: [...ids] } } });
  const findings = await tx.healthFinding.findMany({ where: { checkId: { in: [...ids] } } });
  return { checks: new Map(checks.map((row) => [row.id, row])), findings };
}

/**
 * Keeps what was found: findings keep the moment at which they were seen first, over restarts and at every replica, until they are gone; then
 * that is forgotten. Writes only what is different.
 */
export async function keepJudged(deps: ControlPlaneDeps, judged: readonly Judged[], at: Date): Promise<Sinces> {
  const ids = judged.map(({ id }) => id);
  return withFleet(deps.data.fleet, async (tx) => {
    const { checks, findings } = await read(tx, ids);
    const kept = new Map(findings.map(({ checkId, subject, since }) => [findingKey(checkId, subject), since]));
    // Of what nobody could look at, what was found before is neither gone nor confirmed.
    const known = judged.filter(({ state }) => state !== "unknown");
    const present = new Set(known.flatMap(({ id, subjects }) => subjects.map((subject) => findingKey(id, subject))));
    const knownIds = new Set<string>(known.map(({ id }) => id));
    const gone = findings.filter(({ checkId, subject }) => knownIds.has(checkId) && !present.has(findingKey(checkId, subject)));
    const fresh = known.flatMap(({ id, subjects }) =>
      subjects.filter((subject) => !kept.has(findingKey(id, subject))).map((subject) => ({ checkId: id, subject, since: at })),
    );
    if (gone.length > 0) await tx.healthFinding.deleteMany({ where: { OR: gone.map(({ checkId, subject }) => ({ checkId, subject })) } });
    if (fresh.length > 0) await tx.healthFinding.createMany({ data: fresh, skipDuplicates: true });
    for (const { checkId, subject, since } of fresh) kept.set(findingKey(checkId, subject), since);
    const ofCheck = new Map<string, Date>();
    for (const { id, state } of judged) {
      const row = checks.get(id);
      const since = row === undefined || row.state !== state ? at : row.since;
      ofCheck.set(id, since);
      if (row !== undefined && row.state === state && at.getTime() - row.evaluatedAt.getTime() < WRITE_EVERY_MS) continue;
      await tx.healthCheck.upsert({ where: { id }, create: { id, state, since, evaluatedAt: at }, update: { state, since, evaluatedAt: at } });
    }
    return { ofCheck, ofFinding: kept };
  });
}
