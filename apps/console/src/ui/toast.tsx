"use client";

import { Toast as Base } from "@base-ui/react/toast";
import type { ReactNode } from "react";
import { problemText } from "@/lib/problem";
import { Button } from "./button";
import { Icon } from "./icon";
import { Status } from "./status";

interface Notice {
  readonly title: ReactNode;
  readonly undo?: () => void;
}

const manager = Base.createToastManager<{ undo?: () => void }>();

/** Says that something was done; with `undo` it stays a little longer. */
export function notify({ title, undo }: Notice): void {
  manager.add({ title, data: { undo }, timeout: undo ? 8_000 : 4_000 });
}

/** Says what failed and why; stays until it is closed. */
export function notifyFailure(title: ReactNode, error: unknown): void {
  manager.add({ title, description: problemText(error), type: "failure", priority: "high", timeout: 0 });
}

function ToastList() {
  const { toasts, close } = Base.useToastManager<{ undo?: () => void }>();
  return toasts.map((toast) => {
    const undo = toast.data?.undo;
    return (
      <Base.Root key={toast.id} toast={toast} className={toast.type === "failure" ? "toast tall" : "toast"} swipeDirection={[]}>
        {toast.type === "failure" ? (
          <span>
            <Status tone="fail" className="on-ink">
              <Base.Title render={<span />} />
            </Status>
            <Base.Description />
          </span>
        ) : (
          <Base.Title render={<span />} />
        )}
        {undo && (
          <Button
            size="xs"
            onClick={() => {
              undo();
              close(toast.id);
            }}
          >
            Undo
          </Button>
        )}
        <Base.Close className="btn gho ico" aria-label="Dismiss">
          <Icon name="close" size={14} />
        </Base.Close>
      </Base.Root>
    );
  });
}

/** Where notices appear; once in the page. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className="toasts">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}
