"use client";

import { Toast as Base } from "@base-ui/react/toast";
import { useEffect } from "react";
import { Button } from "./button";
import { Icon } from "./icon";
import { Status } from "./status";
import { type Notice, takeNotices } from "./toast";

const manager = Base.createToastManager<{ undo?: () => void }>();

function show({ title, failure, undo }: Notice): void {
  if (failure === undefined) manager.add({ title, data: { undo }, timeout: undo ? 8_000 : 4_000 });
  else manager.add({ title, description: failure, type: "failure", priority: "high", timeout: 0 });
}

function Shown() {
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

/** Shows notices in the order in which they came. */
export default function ToastList({ waiting }: { waiting: number }) {
  useEffect(() => {
    if (waiting > 0) for (const notice of takeNotices()) show(notice);
  }, [waiting]);
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport className="toasts">
          <Shown />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}
