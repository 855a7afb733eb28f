"use client";

import { AreaField, TextField } from "@/ui/field";

export interface Overruling {
  readonly typed: string;
  readonly reason: string;
}

const MIN_REASON = 10;
export const isOverruled = ({ typed, reason }: Overruling, word: string): boolean => typed.trim() === word && reason.trim().length >= MIN_REASON;

/** Publishing although policy tests fail: the word, typed, and the reason that goes on record. */
export function OverruleFields({ word, value, onChange }: { word: string; value: Overruling; onChange: (next: Overruling) => void }) {
  return (
    <>
      <TextField
        label={
          <>
            Type <code>{word}</code> to publish although tests fail
          </>
        }
        mono
        autoComplete="off"
        spellCheck={false}
        hint="Or change the draft, or the tests"
        value={value.typed}
        onChange={(event) => onChange({ ...value, typed: event.target.value })}
      />
      <AreaField
        label="Why that is right"
        rows={2}
        maxLength={500}
        hint="It stands in the audit log, with the tests that fail"
        value={value.reason}
        onChange={(event) => onChange({ ...value, reason: event.target.value })}
      />
    </>
  );
}
