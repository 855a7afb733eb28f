"use client";

import type { ReactElement } from "react";
import { Menu, MenuChoices } from "./menu";

/** The choices of a facet; open as soon as they are there. */
export default function FacetMenu({
  trigger,
  name,
  value,
  options,
  onChoose,
}: {
  trigger: ReactElement;
  name: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChoose: (value: string) => void;
}) {
  return (
    <Menu trigger={trigger} defaultOpen>
      <MenuChoices label={name} value={value} options={options} onChoose={onChoose} />
    </Menu>
  );
}
