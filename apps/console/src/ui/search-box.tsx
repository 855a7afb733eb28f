"use client";

import { useEffect, useRef, useState } from "react";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { Icon } from "./icon";

/** A search field that "/" jumps to, unless another one of the page has that. It answers as soon as typing pauses; Esc empties it. */
export function SearchBox({
  label,
  placeholder,
  value,
  slash = true,
  onSearch,
}: {
  label: string;
  placeholder: string;
  value: string;
  slash?: boolean;
  onSearch: (text: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  // A value from outside (Back, "Clear the search") replaces what was typed.
  if (value !== seen) {
    setSeen(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onSearch(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);
  useHotkeys(slash ? { "/": () => input.current?.focus() } : {});
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={input}
        className="inp sm"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed) setTyped("");
          else event.currentTarget.blur();
        }}
      />
    </div>
  );
}
