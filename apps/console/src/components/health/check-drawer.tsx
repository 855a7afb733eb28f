"use client";

import Link from "next/link";
import type { HealthCheckRow } from "@/lib/rows";
import { Button } from "@/ui/button";
import { Drawer } from "@/ui/drawer";
import { Icon } from "@/ui/icon";
import { Badge, Severity } from "@/ui/status";
import { Time } from "@/ui/time";
import { CHECK_STATES } from "./check-states";

interface Props {
  row: HealthCheckRow | null;
  busy: boolean;
  onRecheck: (id: HealthCheckRow["id"]) => void;
  onClose: () => void;
}

/** One check: what it found and since when, why that comes, and what to do. */
export function CheckDrawer({ row, busy, onRecheck, onClose }: Props) {
  return (
    <Drawer
      open={row !== null}
      onClose={onClose}
      label={`Health check ${row?.id ?? ""}`}
      bar={
        <>
          {row && <Badge tone={CHECK_STATES[row.state][0]}>{CHECK_STATES[row.state][1]}</Badge>}
          <span className="grow" />
        </>
      }
      title={row?.title}
      summary={row && <code>{row.id}</code>}
      footer={
        row && (
          <Button busy={busy} onClick={() => onRecheck(row.id)}>
            <Icon name="recheck" />
            Re-check
          </Button>
        )
      }
    >
      {row && (
        <>
          {row.unknown !== null && (
            <section>
              <h3>Why it is not known</h3>
              <p>{row.unknown}</p>
            </section>
          )}
          {row.problems.length > 0 && (
            <section>
              <h3>Found</h3>
              <ul className="grid gap-3">
                {row.problems.map((problem) => (
                  <li key={problem.id} className="grid gap-0.5">
                    <span className="row">
                      <Severity of={problem.severity} />
                      <span className="b">{problem.title}</span>
                    </span>
                    <span>{problem.detail}</span>
                    <span className="row wrap t3">
                      since <Time at={problem.since} as="phrase" />
                      {problem.fix && <Link href={problem.fix.href}>{problem.fix.label}</Link>}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section>
            <h3>{row.state === "ok" ? "When it does not hold" : "What to do"}</h3>
            <p className="t2">{row.cause}</p>
            <p className="mt-2">{row.remedy}</p>
          </section>
          <section>
            <h3>How it is judged</h3>
            <dl className="kv">
              <dt>Looks at</dt>
              <dd>{row.looksAt}</dd>
              <dt>{CHECK_STATES[row.state][1]} since</dt>
              <dd>
                <Time at={row.since} as="phrase" />
              </dd>
              <dt>Last evaluated</dt>
              <dd>
                <Time at={row.evaluatedAt} as="phrase" />
              </dd>
              {row.ofReplica && (
                <>
                  <dt>Of</dt>
                  <dd>the replica of the console that answered</dd>
                </>
              )}
              <dt>Documents</dt>
              <dd>
                <code>docs/{row.docs}</code>
              </dd>
            </dl>
          </section>
        </>
      )}
    </Drawer>
  );
}
