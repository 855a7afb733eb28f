"use client";

import { useState } from "react";
import { AreaField } from "./field";

/** A list of texts, one a line, or behind a comma. What is typed stays as typed; the value is the list of its non-empty lines. */
export function ListField({
  label,
  hint,
  error,
  value,
  onChange,
  rows = 3,
  placeholder,
  commas = true,
}: {
  label: string;
  hint?: string;
  error?: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  rows?: number;
  placeholder?: string;
  /** False where a value may hold a comma. */
  commas?: boolean;
}) {
  const [text, setText] = useState(value.join("\n"));
  const parse = (typed: string) =>
    typed
      .split(commas ? /[\n,]/ : "\n")
      .map((line) => line.trim())
      .filter(Boolean);
  // A value set from outside (discovery, a conflict) replaces the text; what stands there already does not.
  const shown = parse(text).join("\n") === value.join("\n") ? text : value.join("\n");
  return (
    <AreaField
      label={label}
      hint={hint ?? "One a line"}
      error={error}
      mono
      rows={Math.max(rows, shown.split("\n").length)}
      spellCheck={false}
      autoCapitalize="none"
      placeholder={placeholder}
      value={shown}
      onChange={(event) => {
        setText(event.target.value);
        onChange(parse(event.target.value));
      }}
    />
  );
}
