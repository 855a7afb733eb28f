import Link from "next/link";
import { useRecheck } from "@/components/health/use-recheck";
import type { OverviewData } from "@/lib/rows";
import { Button } from "@/ui/button";
import { RoomHead } from "@/ui/page-head";
import { Severity } from "@/ui/status";
import { Time } from "@/ui/time";

/** What is wrong: since when, why, and what to do about it. */
export function Problems({ problems, checkedAt }: { problems: OverviewData["problems"]; checkedAt: number }) {
  const { recheck, busy } = useRecheck();
  if (problems.length === 0) return null;
  return (
    <section className="room flush ruled">
      <RoomHead
        title="Problems"
        count={problems.length}
        end={
          <span>
            checked <Time at={checkedAt} as="phrase" />
          </span>
        }
      />
      <div className="tw topped">
        <table>
          <tbody>
            {problems.map((problem) => (
              <tr key={problem.id}>
                <td className="w-11">
                  <Severity of={problem.severity} />
                </td>
                <td className="fill">
                  <span className="b">{problem.title}</span>
                  <span className="t3 hide-s">&ensp;{problem.detail}</span>
                </td>
                <td className="m hide-l hide-s">
                  <Link href={`/health?check=${problem.check}`}>{problem.check}</Link>
                </td>
                <td className="hide-l hide-s">{problem.fix && <Link href={problem.fix.href}>{problem.fix.label}</Link>}</td>
                <td className="num t3 w-16">
                  <Time at={problem.since} />
                </td>
                <td className="num hide-s w-23">
                  <Button size="xs" busy={busy === problem.check} onClick={() => recheck(problem.check)} aria-label={`Re-check: ${problem.title}`}>
                    Re-check
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
