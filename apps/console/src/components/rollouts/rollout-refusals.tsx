import { count, figure } from "@/lib/format";
import { refusedShare } from "@/lib/rollout-words";
import type { RolloutDetail } from "@/lib/rows";
import { RoomHead } from "@/ui/page-head";

interface Decisions {
  readonly total: number;
  readonly refused: number;
}

/** What nodes with the new content refuse, beside what they refused before and what the others do; at a halt as it was then. */
export function RolloutRefusals({ of }: { of: RolloutDetail }) {
  const { refusalRise, minRequests } = of.plan.halt;
  const measured = of.halt?.kind === "refusals" ? of.halt : of.measured;
  if (measured === null) return null;
  const { rise, before, others } = measured;
  const counts = ({ total }: Decisions): boolean => total >= minRequests;
  const against = !counts(others) ? "before" : counts(before) ? "before or than the others" : "the others";
  return (
    <section className="room topped">
      <RoomHead title="Refused requests" end={of.halt?.kind === "refusals" ? "when it halted" : "the last 5 minutes"} />
      <dl className="kv">
        <Row name="New content" of={measured.after} />
        <Row name="Same, before" of={measured.before} />
        <Row name="Old content" of={measured.others} />
      </dl>
      <p className="t2 mt-2">
        {rise === null
          ? `Too few requests to compare: at least ${count(minRequests)} are needed on both sides.`
          : rise > 0
            ? `${figure(rise)} points more than ${against}; it halts from ${figure(refusalRise)}.`
            : `Not more than ${against}; it halts from ${figure(refusalRise)} points more.`}
      </p>
    </section>
  );
}

function Row({ name, of }: { name: string; of: Decisions }) {
  const share = of.total === 0 ? 0 : of.refused / of.total;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {refusedShare(of)}
        <svg className="share mt-1" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="6" fill="var(--sunken)" />
          <rect width={100 * share} height="6" fill="var(--chart-deny)" />
        </svg>
      </dd>
    </>
  );
}
