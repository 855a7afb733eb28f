"use client";

import { type ComponentProps, useState } from "react";
import { TextField } from "./field";
import { ListField } from "./list-field";

type NumberInput = Omit<ComponentProps<typeof TextField>, "value" | "onChange" | "type" | "mono"> & {
  /** NaN, and what was left out, as an empty field. */
  value: number | undefined;
  /** NaN while nothing, or no number, stands there: the schema refuses it. */
  onChange: (value: number) => void;
};

/** One number, for parts of a form that are set as a whole. */
export function NumberField({ value, onChange, ...rest }: NumberInput) {
  const isShown = value !== undefined && !Number.isNaN(value);
  return <TextField {...rest} type="number" value={isShown ? value : ""} onChange={(event) => onChange(event.target.valueAsNumber)} />;
}

/** Numbers, one a line or behind a comma. What is none stays as typed, and is NaN in the value. */
export function NumberListField({
  value,
  onChange,
  ...rest
}: Omit<ComponentProps<typeof ListField>, "value" | "onChange" | "commas"> & {
  value: readonly number[];
  onChange: (value: number[]) => void;
}) {
  const [typed, setTyped] = useState<readonly string[]>([]);
  // A value from outside (a conflict) replaces what was typed.
  const isTyped = typed.length === value.length && typed.every((line, index) => Object.is(Number(line), value[index]));
  return (
    <ListField
      {...rest}
      value={isTyped ? typed : value.map(String)}
      onChange={(lines) => {
        setTyped(lines);
        onChange(lines.map(Number));
      }}
    />
  );
}
