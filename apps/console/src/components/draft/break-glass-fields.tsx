"use client";

import { AreaField, CheckField, TextField } from "@/ui/field";
import type { Overruling } from "./overrule-fields";

/** As the service wants it typed. */
export const BREAK_GLASS_WORD = "publish without approval";

/** Publishing without the second person: for emergencies, on record, with an alert. */
export function BreakGlassFields({ value, onChange }: { value: Overruling | null; onChange: (next: Overruling | null) => void }) {
  return (
    <>
      <CheckField
        label="Emergency: publish without approval"
        checked={value !== null}
        onChange={(event) => onChange(event.target.checked ? { typed: "", reason: "" } : null)}
      />
      {value !== null && (
        <>
          <TextField
            label={
              <>
                Type <code>{BREAK_GLASS_WORD}</code>
              </>
            }
            mono
            autoComplete="off"
            spellCheck={false}
            hint="Security reviewers get an alert"
            value={value.typed}
            onChange={(event) => onChange({ ...value, typed: event.target.value })}
          />
          <AreaField
            label="Why nobody else can approve it"
            rows={2}
            maxLength={500}
            hint="It stands in the audit log and in the alert"
            value={value.reason}
            onChange={(event) => onChange({ ...value, reason: event.target.value })}
          />
        </>
      )}
    </>
  );
}
