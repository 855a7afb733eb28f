"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names";

interface Described {
  label: ReactNode;
  /** What the field means or does. */
  hint?: ReactNode;
  /** What is wrong with it: field, reason, remedy. */
  error?: string;
}

/** Ids that tie a control to its hint and its error. */
function useDescription(hint: ReactNode, error: string | undefined) {
  const id = useId();
  return {
    id,
    describedBy: error ? `${id}-e` : hint ? `${id}-h` : undefined,
    below: error ? (
      <em className="err" id={`${id}-e`}>
        {error}
      </em>
    ) : hint ? (
      <em id={`${id}-h`}>{hint}</em>
    ) : null,
  };
}

/** A line of text. `mono` for what is compared byte for byte. */
export function TextField({ label, hint, error, mono, ...rest }: Described & { mono?: boolean } & ComponentProps<"input">) {
  const { id, describedBy, below } = useDescription(hint, error);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} className={classNames("inp", mono && "m")} aria-invalid={error ? true : undefined} aria-describedby={describedBy} />
      {below}
    </div>
  );
}

/** Several lines; with `mono` one value a line. */
export function AreaField({ label, hint, error, mono, ...rest }: Described & { mono?: boolean } & ComponentProps<"textarea">) {
  const { id, describedBy, below } = useDescription(hint, error);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea {...rest} id={id} className={classNames("inp", mono && "m")} aria-invalid={error ? true : undefined} aria-describedby={describedBy} />
      {below}
    </div>
  );
}

/** One of a few values, by the platform's own list. */
export function SelectField({ label, hint, error, children, ...rest }: Described & ComponentProps<"select">) {
  const { id, describedBy, below } = useDescription(hint, error);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select {...rest} id={id} className="sel" aria-invalid={error ? true : undefined} aria-describedby={describedBy}>
        {children}
      </select>
      {below}
    </div>
  );
}

/** A box with its label behind it. */
export function CheckField({ label, ...rest }: { label: ReactNode } & ComponentProps<"input">) {
  return (
    <label className="check">
      <input type="checkbox" {...rest} className="chk" />
      {label}
    </label>
  );
}

/** Several boxes under one legend; the value is the list of those that are ticked. */
export function CheckSet<T extends string>({
  legend,
  hint,
  error,
  options,
  value,
  onChange,
  mono,
}: {
  legend: string;
  hint?: ReactNode;
  error?: string;
  options: readonly { value: T; label?: ReactNode }[];
  value: readonly T[];
  onChange: (value: T[]) => void;
  mono?: boolean;
}) {
  const { describedBy, below } = useDescription(hint, error);
  return (
    <div className="field">
      <fieldset className="checkset" aria-describedby={describedBy}>
        <legend>{legend}</legend>
        {options.map((option) => (
          <CheckField
            key={option.value}
            label={<span className={mono ? "m" : undefined}>{option.label ?? option.value}</span>}
            checked={value.includes(option.value)}
            onChange={(event) => onChange(event.target.checked ? [...value, option.value] : value.filter((member) => member !== option.value))}
          />
        ))}
      </fieldset>
      {below}
    </div>
  );
}
