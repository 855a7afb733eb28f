"use client";

import type { PolicyTestSpec } from "@sallyport/snapshot";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMe } from "@/components/session/session-context";
import { useSlug } from "@/components/tenant/use-tenant";
import { count } from "@/lib/format";
import { policyTestWords } from "@/lib/policy-test-words";
import { problemOf } from "@/lib/problem";
import type { TestOutcome } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { type CheckRow, Checks } from "@/ui/checks";
import { RoomHead } from "@/ui/page-head";
import { Seg } from "@/ui/seg";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { TestVerdict } from "./test-trace";

const ON = [
  { value: "draft", label: "Draft" },
  { value: "live", label: "Live" },
] as const;

/** One row a test: what it says, and what became of it. */
export function testRow(
  row: { readonly name: string; readonly spec: PolicyTestSpec },
  outcome: TestOutcome | undefined,
  { href, isOfFleet = false, waiting }: { href: string | null; isOfFleet?: boolean; waiting: boolean },
): CheckRow {
  const words = policyTestWords(row.spec, isOfFleet);
  const fails = outcome !== undefined && !outcome.passed;
  const said = (
    <>
      <span className="t2 block">{row.spec.description ?? `${words}.`}</span>
      {row.spec.description !== undefined && <span className="t3 block">{words}.</span>}
    </>
  );
  return {
    id: row.name,
    outcome: outcome === undefined ? (waiting ? "waiting" : "skipped") : outcome.passed ? "pass" : "fail",
    title: (
      <>
        {href === null ? (
          <span className="b">{row.name}</span>
        ) : (
          <Link className="b" href={href}>
            {row.name}
          </Link>
        )}
        {!fails && said}
      </>
    ),
    detail: fails && outcome.decidedAt !== null ? `decided at ${outcome.decidedAt}` : undefined,
    // The title of a row that fails is tinted, one line of it: the rest stands below.
    found: fails && (
      <>
        {said}
        <TestVerdict outcome={outcome} />
      </>
    ),
  };
}

/** What must become of requests to this tenant: what each test says, and whether it holds on the draft or on what is live. */
export function TestList() {
  const trpc = useTRPC();
  const slug = useSlug();
  const { can } = useMe();
  const [on, setOn] = useQueryState("on", parseAsStringLiteral(["draft", "live"]).withDefault("draft"));
  const list = useQuery(trpc.objects.policyTests.list.queryOptions({ slug }));
  const run = useQuery(trpc.policyTests.run.queryOptions({ slug, on }, { placeholderData: keepPreviousData, enabled: (list.data?.length ?? 0) > 0 }));
  const rows = list.data ?? [];
  const outcomes = new Map(run.error ? [] : run.data?.outcomes.map((outcome) => [outcome.name, outcome]));
  return (
    <section className="room flush">
      <RoomHead
        title="Policy tests"
        count={rows.length || undefined}
        end={
          <span className="row s3">
            {rows.length > 0 && (
              <>
                <Seg label="What they run on" value={on} options={ON} onChoose={(next) => void setOn(next)} />
                <Button size="sm" busy={run.isFetching} onClick={() => void run.refetch()}>
                  Run again
                </Button>
              </>
            )}
            {can("policy.write") && <Link href={`/tenants/${slug}/tests/new`}>Add a test</Link>}
          </span>
        }
      />
      {list.isPending ? (
        <SkeletonRows rows={3} />
      ) : !list.data ? (
        <FailedState what="policy tests" error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={`${slug} has no policy tests`}>
          A test says what must become of a request. It runs before each publish of {slug}, by the rules that nodes go by, and holds back the publish
          that breaks it.
        </EmptyState>
      ) : (
        <>
          {run.error ? (
            <p className="note fail m-4" role="alert">
              <Status tone="fail" />
              <span>{problemOf(run.error).message}</span>
            </p>
          ) : (
            run.data && <Summary passed={run.data.passed} failed={run.data.failed} revision={run.data.revision} />
          )}
          <Checks
            slim
            rows={rows.map((row) =>
              testRow(row, outcomes.get(row.name), { href: `/tenants/${slug}/tests/${row.name}`, waiting: run.isFetching && !run.error }),
            )}
          />
        </>
      )}
    </section>
  );
}

export function Summary({ passed, failed, revision }: { passed: number; failed: number; revision: number | null }) {
  const what = revision === null ? "the draft" : `revision ${revision}`;
  const all = passed + failed;
  return (
    <p className="sum" role="status">
      <Status tone={failed > 0 ? "fail" : "ok"} coloured>
        {all === 0 ? `None runs on ${what}` : failed > 0 ? `${count(failed)} of ${count(all)} fail on ${what}` : `All ${count(all)} pass on ${what}`}
      </Status>
      {failed > 0 && revision === null && <span className="t2"> A publish that they concern is held back.</span>}
    </p>
  );
}
