"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CheckField, SelectField, TextField } from "@/ui/field";

/** One stage as it is typed. */
export interface StageRow {
  /** Node group that the percent counts in; empty for all. */
  readonly group: string;
  readonly percent: string;
  readonly minutes: string;
  readonly isManual: boolean;
}

/** How a publish goes out; the last stage, all nodes, is not a row. */
export interface StagesDraft {
  readonly rows: readonly StageRow[];
  readonly refusalRise: string;
  readonly rollback: "automatic" | "manual";
}

export const USUAL_STAGES: StagesDraft = {
  rows: [
    { group: "", percent: "10", minutes: "5", isManual: false },
    { group: "", percent: "50", minutes: "15", isManual: false },
  ],
  refusalRise: "5",
  rollback: "automatic",
};

const whole = (text: string, min: number, max: number): number | null => {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
};

/** All nodes are the last stage in any case; all of one group can be one before. */
const most = ({ group }: Pick<StageRow, "group">): number => (group === "" ? 99 : 100);
const shareOf = (row: StageRow): number | null => whole(row.percent, 1, most(row));

/** How much of its nodes the stages before reach. */
function reachedBefore(rows: readonly StageRow[], index: number): number {
  const { group = "" } = rows[index] ?? {};
  const before = rows.slice(0, index).filter((each) => each.group === "" || each.group === group);
  return Math.max(0, ...before.map((each) => shareOf(each) ?? 0));
}

/** The plan that the fields describe; null while one of them is wrong. */
export function planOf({ rows, refusalRise, rollback }: StagesDraft) {
  const stages = rows.flatMap((row, index) => {
    const share = shareOf(row);
    const soak = whole(row.minutes, 0, 10_080);
    if (share === null || soak === null || share <= reachedBefore(rows, index)) return [];
    const which = { percent: share, ...(row.group === "" ? {} : { groups: [row.group] }) };
    return [{ ...which, soakSeconds: soak * 60, promote: row.isManual ? ("manual" as const) : ("automatic" as const) }];
  });
  const rise = whole(refusalRise, 1, 100);
  if (stages.length !== rows.length || stages.length === 0 || rise === null) return null;
  return { stages, halt: { refusalRise: rise }, rollback };
}

/** The stages of a publish: how many nodes, of which group, for how long, and what ends it. */
export function StagesFields({ value, onChange }: { value: StagesDraft; onChange: (value: StagesDraft) => void }) {
  const trpc = useTRPC();
  // With one group alone there is nothing to choose.
  const groups = (useQuery(trpc.groups.list.queryOptions()).data ?? []).map(({ name }) => name);
  const { rows } = value;
  const setRow = (index: number, row: Partial<StageRow>) =>
    onChange({ ...value, rows: rows.map((each, at) => (at === index ? { ...each, ...row } : each)) });
  return (
    <fieldset className="fields m-0 min-w-0 border-0 p-0">
      <legend className="sr">Stages</legend>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage is its place
        <div key={index} className="grid grid-cols-2 gap-x-3 gap-y-2">
          {groups.length > 1 && (
            <div className="col-span-2">
              <SelectField
                label={`Stage ${index + 1}, nodes of`}
                value={row.group}
                onChange={(event) => setRow(index, { group: event.target.value })}
              >
                <option value="">All groups</option>
                {groups.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </SelectField>
            </div>
          )}
          <TextField
            label={`Stage ${index + 1}, % of nodes`}
            inputMode="numeric"
            value={row.percent}
            error={wrongPercent(rows, index)}
            onChange={(event) => setRow(index, { percent: event.target.value })}
          />
          <TextField
            label="for minutes"
            inputMode="numeric"
            value={row.minutes}
            error={whole(row.minutes, 0, 10_080) === null ? "0 to 10,080" : undefined}
            onChange={(event) => setRow(index, { minutes: event.target.value })}
          />
          <CheckField label="Then by hand" checked={row.isManual} onChange={(event) => setRow(index, { isManual: event.target.checked })} />
          {rows.length > 1 && (
            <div className="text-right">
              <Button
                size="xs"
                aria-label={`Leave out stage ${index + 1}`}
                onClick={() => onChange({ ...value, rows: rows.filter((_, at) => at !== index) })}
              >
                Leave out
              </Button>
            </div>
          )}
        </div>
      ))}
      <div className="row between">
        <span className="t3">Then all nodes.</span>
        {rows.length < 9 && (
          <Button size="xs" onClick={() => onChange({ ...value, rows: [...rows, { group: "", percent: "", minutes: "15", isManual: false }] })}>
            Add a stage
          </Button>
        )}
      </div>
      <TextField
        label="Halt when refusals rise by, percentage points"
        inputMode="numeric"
        value={value.refusalRise}
        hint="Against the same nodes before, and against the others"
        error={whole(value.refusalRise, 1, 100) === null ? "A whole number from 1 to 100" : undefined}
        onChange={(event) => onChange({ ...value, refusalRise: event.target.value })}
      />
      <SelectField
        label="After a halt"
        value={value.rollback}
        onChange={(event) => onChange({ ...value, rollback: event.target.value === "manual" ? "manual" : "automatic" })}
      >
        <option value="automatic">Roll back by itself</option>
        <option value="manual">Wait for somebody</option>
      </SelectField>
    </fieldset>
  );
}

function wrongPercent(rows: readonly StageRow[], index: number): string | undefined {
  const row = rows[index];
  const share = row === undefined ? null : shareOf(row);
  if (row === undefined || share === null) return `1 to ${most(row ?? { group: "" })}`;
  const before = reachedBefore(rows, index);
  return share > before ? undefined : `More than ${before}`;
}
