"use client";

import { TextField } from "@/ui/field";

/** The word that opens what is protected: typed, so that nobody opens a route by a habit of clicking. */
export function WordField({
  word,
  hint,
  value,
  error,
  onType,
}: {
  word: string;
  hint: string;
  value: string;
  error?: string | undefined;
  onType: (typed: string) => void;
}) {
  return (
    <TextField
      label={
        <>
          Type <code>{word}</code> to open what is protected now
        </>
      }
      mono
      autoComplete="off"
      spellCheck={false}
      hint={hint}
      error={error}
      value={value}
      onChange={(event) => onType(event.target.value)}
    />
  );
}
