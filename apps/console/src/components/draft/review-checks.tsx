"use client";

import { count, countOf, duration } from "@/lib/format";
import { type CheckRow, Checks } from "@/ui/checks";
import { RoomHead } from "@/ui/page-head";
import { FailedState, SkeletonRows } from "@/ui/states";
import { CounterExampleView } from "./counter-example";
import type { Review, useProbe, useReview } from "./use-review";

const MAX_SHOWN = 8;
const MAX_EXAMPLES = 3;

function Findings({ findings }: { findings: readonly { readonly path: string; readonly message: string }[] }) {
  return (
    <ul>
      {findings.slice(0, MAX_SHOWN).map((finding) => (
        <li key={`${finding.path}${finding.message}`}>
          <code>{finding.path}</code> {finding.message}
        </li>
      ))}
      {findings.length > MAX_SHOWN && <li className="t3">and {count(findings.length - MAX_SHOWN)} more</li>}
    </ul>
  );
}

function isolationRow({ ok, pairs, violations }: Review["isolation"]): CheckRow {
  return {
    id: "isolation",
    title: ok ? "Isolation proof" : `Isolation does not hold in ${countOf(violations.length, "place")}`,
    outcome: ok ? "pass" : "fail",
    detail: countOf(Number(pairs), "pair"),
    found: !ok && (
      <>
        {violations.slice(0, MAX_EXAMPLES).map((violation) => (
          <CounterExampleView key={violation.sides.map(({ path }) => path).join(" ")} of={violation} />
        ))}
        {violations.length > MAX_EXAMPLES && <p className="t3">and {count(violations.length - MAX_EXAMPLES)} more</p>}
      </>
    ),
  };
}

function probeRow(probe: ReturnType<typeof useProbe>): CheckRow[] {
  const base = { id: "probe", title: "Identity providers answer" };
  if (probe.isPending) return [{ ...base, outcome: "waiting", detail: "asking" }];
  if (!probe.data) return [{ ...base, outcome: "skipped", detail: "could not be asked" }];
  const { warnings, asked, skipped } = probe.data;
  if (asked === 0) return [];
  const left = skipped > 0 ? `, ${count(skipped)} not asked` : "";
  const away = warnings.length > 0;
  return [
    {
      ...base,
      title: away ? `${countOf(warnings.length, "provider")} cannot be reached` : base.title,
      outcome: away ? "look" : "pass",
      detail: `${count(asked)} asked${left}`,
      found: away && <Findings findings={warnings} />,
      fix: away && "Nothing is blocked: nodes try again by themselves.",
    },
  ];
}

function rowsOf({ errors, isolation, ms }: Review): CheckRow[] {
  // What two tenants share stands with the proof.
  const others = errors.filter(({ counterExample }) => counterExample === undefined);
  return [
    {
      id: "validation",
      title: others.length === 0 ? "Validation and limits" : `${others.length} to correct`,
      outcome: others.length === 0 ? "pass" : "fail",
      detail: duration(ms),
      found: others.length > 0 && <Findings findings={others} />,
    },
    isolationRow(isolation),
  ];
}

/** What refuses a publish, and whether the providers answer. */
export function ReviewChecks({ review, probe }: { review: ReturnType<typeof useReview>; probe: ReturnType<typeof useProbe> }) {
  return (
    <section className="room flush ruled">
      <RoomHead title="Checks" end={review.data && (review.data.ok ? "all passed" : "publishing is blocked")} />
      <div className="topped">
        {review.data ? (
          <Checks slim rows={[...rowsOf(review.data), ...probeRow(probe)]} />
        ) : review.isPending ? (
          <SkeletonRows rows={2} />
        ) : (
          <FailedState what="the checks" error={review.error} onRetry={() => void review.refetch()} />
        )}
      </div>
    </section>
  );
}
