"use client";

import { lazy, Suspense, useState } from "react";
import type { DrawerProps } from "./drawer-view";

const DrawerView = lazy(() => import("./drawer-view"));

/** A panel beside a list; its code is loaded when one is opened first. */
export function Drawer(props: DrawerProps) {
  const [used, setUsed] = useState(props.open);
  if (props.open && !used) setUsed(true);
  if (!used && !props.open) return null;
  return (
    <Suspense fallback={null}>
      <DrawerView {...props} />
    </Suspense>
  );
}
