"use client";

import { count } from "@/lib/format";
import type { RouterOutputs } from "@/server/trpc/root";
import { type AlertView, VIEWS } from "./alert-views";

type Counts = RouterOutputs["alerts"]["list"]["counts"];

const LABELS = { needs: "Needs somebody", mine: "Mine", "cross-tenant": "Cross-tenant", closed: "Closed", all: "All" } as const;
const COUNT_OF = { needs: "needsSomebody", mine: "mine", "cross-tenant": "crossTenant", closed: "closed", all: null } as const satisfies Record<
  AlertView,
  keyof Counts | null
>;

/** The saved views with how many alerts stand in each. */
export function AlertTabs({ view, counts, onChoose }: { view: AlertView; counts: Counts | undefined; onChoose: (view: AlertView) => void }) {
  return (
    <nav className="tabs" aria-label="Views">
      {VIEWS.map((value) => {
        const member = COUNT_OF[value];
        return (
          <button key={value} type="button" aria-current={value === view ? "true" : undefined} onClick={() => onChoose(value)}>
            {LABELS[value]}
            {counts && member && <span className="n">{count(counts[member])}</span>}
          </button>
        );
      })}
    </nav>
  );
}
