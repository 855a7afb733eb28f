import type { FleetTransaction } from "@sallyport/data";
import type { ProbeTarget } from "@sallyport/idp-client";

/** A target that this replica asks; nobody else does until it is recorded, or the claim has run out. */
export interface ClaimedTarget extends ProbeTarget {
  readonly id: string;
  readonly claim: string;
}

/** Longer than a probe takes; a replica that ends in the middle of one loses it to the others after that. */
const CLAIM_MS = 60_000;

interface Row extends ProbeTarget {
  readonly id: string;
}

const claimed = (rows: readonly Row[], claim: string): ClaimedTarget[] => rows.map((row) => ({ ...row, claim }));

/** Takes targets that are due, the longest overdue first. Two replicas never take the same. */
export async function claimDue(tx: FleetTransaction, { claim, most, now }: { claim: string; most: number; now: number }): Promise<ClaimedTarget[]> {
  const [at, until] = [new Date(now), new Date(now + CLAIM_MS)];
  const rows = await tx.$queryRaw<Row[]>`
    update radar_target set claim = ${claim}::uuid, claimed_until = ${until}
    where id in (
      select id from radar_target where next_at <= ${at} and (claimed_until is null or claimed_until <= ${at})
      order by next_at limit ${most} for update skip locked
    )
    returning id, issuer, kind, url`;
  return claimed(rows, claim);
}

/** Takes one target, due or not. @returns null while somebody asks it already */
export async function claimOne(tx: FleetTransaction, id: string, { claim, now }: { claim: string; now: number }): Promise<ClaimedTarget | null> {
  const [at, until] = [new Date(now), new Date(now + CLAIM_MS)];
  const rows = await tx.$queryRaw<Row[]>`
    update radar_target set claim = ${claim}::uuid, claimed_until = ${until}
    where id = ${id} and (claimed_until is null or claimed_until <= ${at})
    returning id, issuer, kind, url`;
  return claimed(rows, claim)[0] ?? null;
}
