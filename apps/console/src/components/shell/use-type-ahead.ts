import { useEffect, useRef } from "react";

/** A menu that is not there by then does not come: keys go where they belong again. */
const WAITS_MS = 3_000;

/**
 * Who knows a menu's shortcut types on at once, while it is still fetched and before the focus is in its field: these keys are its first
 * letters. They are taken from {@link begin} on until the field has the focus.
 * @param field selector of the menu's field
 * @param onKey one printable character, or `Backspace`
 */
export function useTypeAhead(field: string, onKey: (key: string) => void): { readonly begin: () => void; readonly end: () => void } {
  const until = useRef(0);
  const take = useRef(onKey);
  take.current = onKey;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (until.current === 0) return;
      if (performance.now() > until.current || document.activeElement?.matches(field)) {
        until.current = 0;
        return;
      }
      const isText = [...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!isText && event.key !== "Backspace") return;
      event.preventDefault();
      event.stopPropagation();
      take.current(event.key);
    };
    document.addEventListener("keydown", onKeyDown, true);
    return () => document.removeEventListener("keydown", onKeyDown, true);
  }, [field]);
  return {
    begin: () => {
      until.current = performance.now() + WAITS_MS;
    },
    end: () => {
      until.current = 0;
    },
  };
}
