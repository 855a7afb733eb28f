"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { count } from "@/lib/format";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Checks } from "@/ui/checks";
import { RoomHead } from "@/ui/page-head";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import { Summary, testRow } from "./test-list";
import { TestVerdict } from "./test-trace";

const MAX_SHOWN = 50;

/** Tests that hold for the whole fleet; and those of tenants that fail, once all have run. */
export function FleetTests() {
  const trpc = useTRPC();
  const { can } = useMe();
  const list = useQuery(trpc.fleet.policyTests.list.queryOptions());
  // Of ten thousand tenants it takes a while: somebody asks for it.
  const run = useQuery(trpc.policyTests.runAll.queryOptions({ on: "draft" }, { enabled: false }));
  if (list.isPending) return <SkeletonRows rows={3} />;
  if (!list.data) return <FailedState what="the fleet's policy tests" error={list.error} onRetry={() => void list.refetch()} />;
  const outcomes = run.error ? [] : (run.data?.outcomes ?? []);
  const ofFleet = new Map(outcomes.filter(({ tenant }) => tenant === null).map((outcome) => [outcome.name, outcome]));
  const failing = outcomes.filter(({ tenant, passed }) => tenant !== null && !passed);
  return (
    <>
      <section className="room flush">
        <RoomHead
          title="Policy tests of the fleet"
          count={list.data.length || undefined}
          end={
            can("draft.read") && (
              <Button size="sm" busy={run.isFetching} onClick={() => void run.refetch()}>
                Run all tests on the draft
              </Button>
            )
          }
        />
        {run.error && (
          <p className="note fail m-4" role="alert">
            <Status tone="fail" />
            <span>{problemOf(run.error).message}</span>
          </p>
        )}
        {run.data && !run.error && <Summary passed={run.data.passed} failed={run.data.failed} revision={run.data.revision} />}
        {list.data.length === 0 ? (
          <EmptyState title="No test for the whole fleet">
            Such a test names a tenant or a host, or holds for each tenant. It comes from files: kind <code>PolicyTest</code> without{" "}
            <code>metadata.tenant</code>.
          </EmptyState>
        ) : (
          <Checks slim rows={list.data.map((row) => testRow(row, ofFleet.get(row.name), { href: null, isOfFleet: true, waiting: run.isFetching }))} />
        )}
      </section>
      {failing.length > 0 && (
        <section className="room flush ruled">
          <RoomHead title="Tests of tenants that fail" count={failing.length} />
          <div className="topped">
            <Checks
              slim
              rows={failing.slice(0, MAX_SHOWN).map((outcome) => ({
                id: outcome.path,
                outcome: "fail",
                title: (
                  <Link href={`/tenants/${outcome.tenant}/tests/${outcome.name}`}>
                    {outcome.tenant}/{outcome.name}
                  </Link>
                ),
                detail: outcome.decidedAt === null ? undefined : `decided at ${outcome.decidedAt}`,
                found: <TestVerdict outcome={outcome} />,
              }))}
            />
            {failing.length > MAX_SHOWN && <p className="t3 p-4">and {count(failing.length - MAX_SHOWN)} more</p>}
          </div>
        </section>
      )}
    </>
  );
}
