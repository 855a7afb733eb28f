"use client";

import { Suspense, useState } from "react";
import type { DrawerProps } from "./drawer-view";
import { late } from "./late";

const DrawerView = late(() => import("./drawer-view"));

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
