"use client";

import { useQuery } from "@tanstack/react-query";
import { count, duration } from "@/lib/format";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { type CheckRow, Checks } from "@/ui/checks";
import { RoomHead } from "@/ui/page-head";
import { FailedState, SkeletonRows } from "@/ui/states";

type Validation = RouterOutputs["draft"]["validate"];

function Findings({ findings }: { findings: Validation["errors"] }) {
  return (
    <ul>
      {findings.slice(0, 8).map((finding) => (
        <li key={`${finding.path}${finding.message}`}>
          <code>{finding.path}</code> {finding.message}
        </li>
      ))}
      {findings.length > 8 && <li className="t3">and {count(findings.length - 8)} more</li>}
    </ul>
  );
}

/** Whether a finding stands in one of these sections: `tenants/acme` has `tenants/acme/routes/main`. */
const concerns = (path: string, sections: readonly string[]): boolean => sections.some((name) => path === name || path.startsWith(`${name}/`));

function rowsOf(validation: Validation, sections: readonly string[]): CheckRow[] {
  const { errors, isolation, ms } = validation;
  const warnings = validation.warnings.filter((finding) => concerns(finding.path, sections));
  return [
    {
      id: "validation",
      title: errors.length === 0 ? "Validation and limits" : `${errors.length} to correct`,
      outcome: errors.length === 0 ? "pass" : "fail",
      detail: duration(ms),
      found: errors.length > 0 && <Findings findings={errors} />,
    },
    {
      id: "isolation",
      title: "Isolation proof",
      outcome: isolation.ok ? "pass" : "fail",
      detail: `${count(Number(isolation.pairs))} pairs`,
      cause: !isolation.ok && "Two tenants could accept the same token.",
      fix: !isolation.ok && "Require a tenant claim with different values at both.",
    },
    ...(warnings.length > 0
      ? [
          {
            id: "warnings",
            title: `${warnings.length} to look at`,
            outcome: "look" as const,
            detail: "nothing is blocked",
            found: <Findings findings={warnings} />,
          },
        ]
      : []),
  ];
}

/** The whole draft through the compiler that nodes run. */
export function useDraftChecks() {
  const trpc = useTRPC();
  return useQuery(trpc.draft.validate.queryOptions(undefined, { refetchInterval: 15_000 }));
}

export function DraftChecks({ checks, sections }: { checks: ReturnType<typeof useDraftChecks>; sections: readonly string[] }) {
  return (
    <section className="room flush ruled">
      <RoomHead title="Checks" end={checks.data && (checks.data.ok ? "all passed" : "publishing is blocked")} />
      <div className="topped">
        {checks.isPending ? (
          <SkeletonRows rows={2} />
        ) : checks.data ? (
          <Checks slim rows={rowsOf(checks.data, sections)} />
        ) : (
          <FailedState what="the checks" error={checks.error} onRetry={() => void checks.refetch()} />
        )}
      </div>
    </section>
  );
}
