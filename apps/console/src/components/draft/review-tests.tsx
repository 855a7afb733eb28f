"use client";

import Link from "next/link";
import { TestVerdict } from "@/components/policy-tests/test-trace";
import { count, countOf } from "@/lib/format";
import type { TestOutcome } from "@/lib/rows";
import { type CheckRow, Checks } from "@/ui/checks";
import { RoomHead } from "@/ui/page-head";
import type { Review } from "./use-review";

const MAX_SHOWN = 8;

const pageOf = ({ tenant, name }: TestOutcome): string => (tenant === null ? "/settings/tests" : `/tenants/${tenant}/tests/${name}`);

function rowOf(outcome: TestOutcome): CheckRow {
  return {
    id: outcome.path,
    outcome: "fail",
    title: (
      <Link href={pageOf(outcome)}>
        {outcome.tenant ?? "fleet"}/{outcome.name}
      </Link>
    ),
    detail: outcome.decidedAt === null ? undefined : `at ${outcome.decidedAt}`,
    found: (
      <>
        {outcome.description !== null && <span className="t2 block">{outcome.description}</span>}
        <TestVerdict brief outcome={outcome} />
      </>
    ),
  };
}

/** The policy tests that this publish can turn: those that fail in full, the others by count. */
export function ReviewTests({ tests }: { tests: Review["tests"] | undefined }) {
  if (!tests || tests.total === 0) return null;
  const { failed, passed, total } = tests;
  const rows: CheckRow[] = [
    ...failed.slice(0, MAX_SHOWN).map(rowOf),
    ...(passed > 0
      ? [{ id: "passed", outcome: "pass" as const, title: countOf(passed, "test"), detail: `${count(passed)} of ${count(total)}` }]
      : []),
  ];
  return (
    <section className="room flush ruled" aria-label="Policy tests">
      <RoomHead title="Policy tests" end={failed.length === 0 ? "all passed" : "publishing is held back"} />
      <div className="topped">
        <Checks slim rows={rows} />
        {failed.length > MAX_SHOWN && <p className="t3 p-4">and {count(failed.length - MAX_SHOWN)} more fail</p>}
      </div>
    </section>
  );
}
