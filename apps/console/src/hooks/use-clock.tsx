"use client";

import { createContext, type ReactNode, startTransition, useContext, useEffect, useMemo, useState } from "react";

interface Clock {
  /** Ms since the epoch; moves once a second after the page is alive. */
  readonly now: number;
  /** IANA name of the zone that every timestamp is shown in. */
  readonly zone: string;
  readonly chooseZone: (zone: string) => void;
}

const ClockContext = createContext<Clock | null>(null);
export const ZONE_COOKIE = "sallyport-zone";

/**
 * One clock and one time zone for the whole page. The server's values are used for the first paint, so that both sides draw the same;
 * the reader's own zone follows once, unless another was chosen. Both move in transitions: an urgent change of a context would throw away
 * the server's HTML of every part of the page that is not hydrated yet.
 */
export function ClockProvider({ startedAt, initialZone, children }: { startedAt: number; initialZone: string | null; children: ReactNode }) {
  const [now, setNow] = useState(startedAt);
  const [zone, setZone] = useState(initialZone ?? "UTC");

  useEffect(() => {
    const tick = () => startTransition(() => setNow(Date.now()));
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);

  useEffect(() => {
    if (!initialZone) startTransition(() => setZone(Intl.DateTimeFormat().resolvedOptions().timeZone));
  }, [initialZone]);

  const clock = useMemo<Clock>(
    () => ({
      now,
      zone,
      chooseZone: (chosen) => {
        // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
        document.cookie = `${ZONE_COOKIE}=${encodeURIComponent(chosen)}; Path=/; Max-Age=31536000; SameSite=Lax`;
        setZone(chosen);
      },
    }),
    [now, zone],
  );
  return <ClockContext value={clock}>{children}</ClockContext>;
}

/** The page's clock. */
export function useClock(): Clock {
  const clock = useContext(ClockContext);
  if (!clock) throw new Error("useClock needs a ClockProvider above it");
  return clock;
}
