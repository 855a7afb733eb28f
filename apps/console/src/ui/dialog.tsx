"use client";

import { Suspense, useState } from "react";
import type { DialogProps } from "./dialog-view";
import { late } from "./late";

const DialogView = late(() => import("./dialog-view"));

/** A modal dialog; its code is loaded when one is opened first. */
export function Dialog(props: DialogProps) {
  const [used, setUsed] = useState(props.open);
  if (props.open && !used) setUsed(true);
  if (!used && !props.open) return null;
  return (
    <Suspense fallback={null}>
      <DialogView {...props} />
    </Suspense>
  );
}
