"use client";

import { useCallback, useState } from "react";
import { useHotkeys } from "./use-hotkeys";

/**
 * j and k move a focus row, Enter opens it, x marks it. The row stays on its key when the list changes under it.
 * @returns the key of the focus row, and a setter for the pointer.
 */
export function useListKeys(
  keys: readonly string[],
  {
    onOpen,
    onMark,
    extra,
  }: { onOpen: (key: string) => void; onMark?: (key: string) => void; extra?: Readonly<Record<string, (key: string) => void>> },
): { focused: string | null; focus: (key: string | null) => void } {
  const [focused, setFocused] = useState<string | null>(null);
  const move = useCallback(
    (step: 1 | -1) => {
      const index = focused === null ? -1 : keys.indexOf(focused);
      const next = keys[Math.min(keys.length - 1, Math.max(0, index + step))];
      if (next === undefined) return;
      setFocused(next);
      document.querySelector(`[data-row="${CSS.escape(next)}"]`)?.scrollIntoView({ block: "nearest" });
    },
    [focused, keys],
  );
  const withFocus = (action: (key: string) => void) => () => {
    if (focused !== null) action(focused);
  };
  const table: Record<string, () => void> = { j: () => move(1), k: () => move(-1) };
  if (focused !== null) {
    table.Enter = withFocus(onOpen);
    if (onMark) table.x = withFocus(onMark);
    for (const [key, action] of Object.entries(extra ?? {})) table[key] = withFocus(action);
  }
  useHotkeys(table);
  return { focused, focus: setFocused };
}
