import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { Status } from "./status";

export interface CheckRow {
  readonly id: string;
  readonly title: ReactNode;
  readonly outcome: "pass" | "fail" | "skipped" | "look" | "waiting";
  /** One line of evidence, at the right. */
  readonly detail?: ReactNode;
  /** What was found, where there is no cause to name. */
  readonly found?: ReactNode;
  readonly cause?: ReactNode;
  readonly fix?: ReactNode;
  readonly actions?: ReactNode;
}

const OUTCOMES = {
  pass: ["ok", "Pass"],
  fail: ["fail", "Fail"],
  skipped: ["unk", "Skip"],
  look: ["att", "Look"],
  waiting: ["pend", "Check"],
} as const;

/** One row a check. A failed one is tinted; its cause and its fix follow on the plain sheet. */
export function Checks({ rows, slim }: { rows: readonly CheckRow[]; slim?: boolean }) {
  return (
    <ul className={classNames("checks", slim && "slim")}>
      {rows.map((row) => {
        const [tone, word] = OUTCOMES[row.outcome];
        const explained = row.found || row.cause || row.fix || row.actions;
        return (
          <li key={row.id} className={classNames(row.outcome === "fail" && "bad", row.outcome === "skipped" && "skip")}>
            <Status tone={tone} coloured={row.outcome !== "skipped"}>
              {word}
            </Status>
            <span className={slim ? undefined : "b"}>{row.title}</span>
            <span className="d">{row.detail}</span>
            {explained && (
              <div className="why">
                {row.found}
                <dl>
                  {row.cause && (
                    <>
                      <dt>Cause</dt>
                      <dd>{row.cause}</dd>
                    </>
                  )}
                  {row.fix && (
                    <>
                      <dt>Fix</dt>
                      <dd>{row.fix}</dd>
                    </>
                  )}
                </dl>
                {row.actions && <div className="row mt-2">{row.actions}</div>}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
