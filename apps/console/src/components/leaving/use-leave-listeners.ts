"use client";

import { useCallback, useEffect, useRef } from "react";
import { setBackGate } from "./back-gate";

/** Where the page stands in the tab's history; null where the browser does not say. */
const position = (): number | null => (typeof navigation === "undefined" ? null : (navigation.currentEntry?.index ?? null));

/** The page that a plain click on a link of this origin leads to; null for all other clicks, and for places on the same page. */
function destinationOf(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || link.hasAttribute("download")) return null;
  if (link.origin !== window.location.origin) return null;
  if (link.pathname === window.location.pathname && link.search === window.location.search) return null;
  return `${link.pathname}${link.search}${link.hash}`;
}

/**
 * Catches every way out of the page while `active`.
 * @returns `release`: lets the next departure pass, which somebody has agreed to
 */
export function useLeaveListeners(
  active: boolean,
  { ask, push }: { ask: (go: () => void) => void; push: (href: string) => void },
): { release: () => void } {
  const released = useRef(false);

  useEffect(() => {
    if (!active) return;
    released.current = false;
    const page = window.location.pathname;
    let at = position();
    let returning = false;

    const onClick = (event: MouseEvent) => {
      const href = destinationOf(event);
      if (href === null) return;
      // The link's own handlers still run (a menu closes); the router sees that the click is taken.
      event.preventDefault();
      ask(() => push(href));
    };

    // By now the browser has moved: it is moved back before the router learns of it.
    const onPopState = (event: PopStateEvent) => {
      if (released.current) return;
      if (returning) {
        returning = false;
        event.stopImmediatePropagation();
        return;
      }
      const now = position();
      if (window.location.pathname === page) {
        at = now;
        return;
      }
      event.stopImmediatePropagation();
      const by = at === null || now === null || now === at ? -1 : now - at;
      returning = true;
      window.history.go(-by);
      ask(() => window.history.go(by));
    };

    const onBeforeUnload = (event: BeforeUnloadEvent) => {
      if (!released.current) event.preventDefault();
    };

    document.addEventListener("click", onClick, true);
    setBackGate(onPopState);
    window.addEventListener("beforeunload", onBeforeUnload);
    return () => {
      document.removeEventListener("click", onClick, true);
      setBackGate(null);
      window.removeEventListener("beforeunload", onBeforeUnload);
    };
  }, [active, ask, push]);

  const release = useCallback(() => {
    released.current = true;
  }, []);
  return { release };
}
