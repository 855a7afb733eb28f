"use client";

import { Suspense, useState } from "react";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import { late } from "./late";

export interface FacetProps<T extends string> {
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  /** The value that hides nothing. */
  neutral: T;
  onChoose: (value: T) => void;
}

const FacetMenu = late(() => import("./facet-menu"));

/** A filter of a list: its name, what is chosen, and the other choices in a menu. Lit while it hides rows. */
export function Facet<T extends string>({ name, value, options, neutral, onChoose }: FacetProps<T>) {
  const [used, setUsed] = useState(false);
  const trigger = (
    <button
      type="button"
      className={classNames("facet", value !== neutral && "on")}
      aria-haspopup="menu"
      onClick={used ? undefined : () => setUsed(true)}
    >
      {name} <b>{options.find((option) => option.value === value)?.label ?? value}</b>
      <Icon name="down" size={14} />
    </button>
  );
  if (!used) return trigger;
  const choose = (chosen: string) => {
    const known = options.find((option) => option.value === chosen);
    if (known) onChoose(known.value);
  };
  return (
    <Suspense fallback={trigger}>
      <FacetMenu trigger={trigger} name={name} value={value} options={options} onChoose={choose} />
    </Suspense>
  );
}
