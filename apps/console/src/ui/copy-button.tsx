"use client";

import { useState } from "react";
import { Button } from "./button";
import { Icon } from "./icon";

/** Copies a text and says so for two seconds. */
export function CopyButton({ text, label = "Copy", size = "xs" }: { text: string; label?: string; size?: "xs" | "sm" }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setState(done ? "copied" : "failed");
    setTimeout(() => setState("ready"), 2_000);
  };
  return (
    <Button variant="ghost" size={size} onClick={() => void copy()}>
      <Icon name={state === "copied" ? "tick" : "copy"} size={14} />
      <span aria-live="polite">{state === "copied" ? "Copied" : state === "failed" ? "Select and copy" : label}</span>
    </Button>
  );
}
