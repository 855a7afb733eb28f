"use client";

import { Button } from "@/ui/button";
import { CheckField, SelectField, TextField } from "@/ui/field";

/** One stage as it is typed. */
export interface StageRow {
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
    { percent: "10", minutes: "5", isManual: false },
    { percent: "50", minutes: "15", isManual: false },
  ],
  refusalRise: "5",
  rollback: "automatic",
};

const whole = (text: string, min: number, max: number): number | null => {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
};

/** The plan that the fields describe; null while one of them is wrong. */
export function planOf({ rows, refusalRise, rollback }: StagesDraft) {
  const stages = rows.flatMap(({ percent, minutes, isManual }) => {
    const share = whole(percent, 1, 99);
    const soak = whole(minutes, 0, 10_080);
    return share === null || soak === null
      ? []
      : [{ percent: share, soakSeconds: soak * 60, promote: isManual ? ("manual" as const) : ("automatic" as const) }];
  });
  const rise = whole(refusalRise, 1, 100);
  const isRising = stages.every(({ percent }, index) => index === 0 || percent > (stages[index - 1]?.percent ?? 0));
  if (stages.length !== rows.length || stages.length === 0 || rise === null || !isRising) return null;
  return { stages, halt: { refusalRise: rise }, rollback };
}

/** The stages of a publish: how many nodes, for how long, and what ends it. */
export function StagesFields({ value, onChange }: { value: StagesDraft; onChange: (value: StagesDraft) => void }) {
  const { rows } = value;
  const setRow = (index: number, row: Partial<StageRow>) =>
    onChange({ ...value, rows: rows.map((each, at) => (at === index ? { ...each, ...row } : each)) });
  return (
    <fieldset className="fields m-0 min-w-0 border-0 p-0">
      <legend className="sr">Stages</legend>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage is its place
        <div key={index} className="grid grid-cols-2 gap-x-3 gap-y-2">
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
          <Button size="xs" onClick={() => onChange({ ...value, rows: [...rows, { percent: "", minutes: "15", isManual: false }] })}>
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
  const share = whole(rows[index]?.percent ?? "", 1, 99);
  if (share === null) return "1 to 99";
  const before = index === 0 ? 0 : (whole(rows[index - 1]?.percent ?? "", 1, 99) ?? 0);
  return share > before ? undefined : `More than ${before}`;
}
