"use client";

import { useEffect, useState } from "react";

/**
 * The token of a one-time link. It stands in the URL's fragment, which no server, log or Referer sees, and is taken out of the address bar at
 * once. Undefined until it was looked for; null where there is none.
 */
export function useLinkToken(): string | null | undefined {
  const [token, setToken] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    const fragment = window.location.hash.slice(1);
    const found = fragment.startsWith("token=") ? decodeURIComponent(fragment.slice(6)) : fragment;
    setToken((known) => known ?? (found || null));
    if (found) window.history.replaceState(null, "", window.location.pathname);
  }, []);
  return token;
}
