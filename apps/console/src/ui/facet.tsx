"use client";

import { classNames } from "./class-names";
import { Icon } from "./icon";
import { Menu, MenuChoices } from "./menu";

/** A filter of a list: its name, what is chosen, and the other choices in a menu. Lit while it hides rows. */
export function Facet<T extends string>({
  name,
  value,
  options,
  neutral,
  onChoose,
}: {
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  /** The value that hides nothing. */
  neutral: T;
  onChoose: (value: T) => void;
}) {
  return (
    <Menu
      trigger={
        <button type="button" className={classNames("facet", value !== neutral && "on")}>
          {name} <b>{options.find((option) => option.value === value)?.label ?? value}</b>
          <Icon name="down" size={14} />
        </button>
      }
    >
      <MenuChoices label={name} value={value} options={options} onChoose={onChoose} />
    </Menu>
  );
}
