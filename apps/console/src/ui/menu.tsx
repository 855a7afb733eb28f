"use client";

import { Menu as Base } from "@base-ui/react/menu";
import Link from "next/link";
import type { ReactElement, ReactNode } from "react";
import { Icon } from "./icon";

/** A menu below its trigger. The trigger must render a button. */
export function Menu({
  trigger,
  children,
  align = "start",
  defaultOpen = false,
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  defaultOpen?: boolean;
}) {
  return (
    <Base.Root modal={false} defaultOpen={defaultOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="menu-pos" sideOffset={4} align={align}>
          <Base.Popup className="menu">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <Base.Item className="it" onClick={onSelect}>
      {children}
    </Base.Item>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem className="it" closeOnClick render={<Link href={href} />}>
      {children}
    </Base.LinkItem>
  );
}

/** One choice of several; the chosen one has a tick. */
export function MenuChoices<T extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label?: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChoose: (value: T) => void;
}) {
  return (
    <Base.Group>
      {label && <Base.GroupLabel className="lab">{label}</Base.GroupLabel>}
      <Base.RadioGroup value={value} onValueChange={(next: T) => onChoose(next)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className="it" closeOnClick>
            {option.label}
            <span className="tick">
              <Base.RadioItemIndicator>
                <Icon name="tick" size={14} />
              </Base.RadioItemIndicator>
            </span>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}
