"use client";

import { useEffect, useRef } from "react";

const EDITABLE = "input, textarea, select, [contenteditable='true'], [role='textbox'], [role='combobox']";

/** Whether single keys belong to what the focus stands in. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && (target.matches(EDITABLE) || target.closest("[role='menu'], [role='listbox'], [role='dialog'][data-modal]") !== null);

/** A preference of this browser: single-key shortcuts can be switched off (WCAG 2.1.4). */
export const SHORTCUTS_OFF_KEY = "sallyport-shortcuts-off";

/**
 * Runs an action for a single key, never while somebody types, never with a modifier, never when switched off.
 * Keys are `KeyboardEvent.key` values; the table may change between renders.
 */
export function useHotkeys(table: Readonly<Record<string, () => void>>): void {
  const current = useRef(table);
  useEffect(() => {
    current.current = table;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // Enter on a link or a button is that control's own.
      if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary")) return;
      if (localStorage.getItem(SHORTCUTS_OFF_KEY) === "1") return;
      const action = Object.hasOwn(current.current, event.key) ? current.current[event.key] : undefined;
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
