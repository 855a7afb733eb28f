"use client";

import { type ReactNode, Suspense, useSyncExternalStore } from "react";
import { problemText } from "@/lib/problem";
import { late } from "./late";

/** Something to say at the foot of the page. */
export interface Notice {
  readonly title: ReactNode;
  /** Why it failed; such a notice stays until it is closed. */
  readonly failure?: string;
  readonly undo?: () => void;
}

// Notices wait here until the code that shows them is loaded, which the first of them starts.
let waiting: readonly Notice[] = [];
const listeners = new Set<() => void>();

function put(next: readonly Notice[]): void {
  waiting = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Hands over what waits, once. */
export function takeNotices(): readonly Notice[] {
  const taken = waiting;
  put([]);
  return taken;
}

/** Says that something was done; with `undo` it stays a little longer. */
export const notify = ({ title, undo }: Pick<Notice, "title" | "undo">): void => put([...waiting, { title, undo }]);

/** Says what failed and why. */
export const notifyFailure = (title: ReactNode, error: unknown): void => put([...waiting, { title, failure: problemText(error) }]);

const ToastList = late(() => import("./toast-list"));
let used = false;

/** Where notices appear; once in the page. */
export function Toasts() {
  const count = useSyncExternalStore(
    subscribe,
    () => waiting.length,
    () => 0,
  );
  used ||= count > 0;
  if (!used) return null;
  return (
    <Suspense fallback={null}>
      <ToastList waiting={count} />
    </Suspense>
  );
}
