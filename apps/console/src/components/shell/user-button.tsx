"use client";

import { Suspense, useState } from "react";
import { useMe } from "@/components/session/session-context";
import { initials } from "@/lib/format";
import type { Theme } from "@/lib/theme";
import { late } from "@/ui/late";

const UserMenu = late(() => import("./user-menu"));

/** The reader's initials; the menu behind them is loaded when it is opened first. */
export function UserButton({ theme }: { theme: Theme }) {
  const { displayName } = useMe();
  const [used, setUsed] = useState(false);
  const trigger = (
    <button
      type="button"
      className="ava"
      aria-label={`Account of ${displayName}`}
      aria-haspopup="menu"
      onClick={used ? undefined : () => setUsed(true)}
    >
      {initials(displayName)}
    </button>
  );
  if (!used) return trigger;
  return (
    <Suspense fallback={trigger}>
      <UserMenu theme={theme} trigger={trigger} />
    </Suspense>
  );
}
