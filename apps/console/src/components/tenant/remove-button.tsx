"use client";

import { type ReactNode, useState } from "react";
import { problemText } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Status } from "@/ui/status";

/** Asks before an object is removed from the draft, and says what follows. */
export function RemoveButton({
  what,
  consequence,
  onRemove,
  children = "Remove…",
  size,
}: {
  what: string;
  consequence: ReactNode;
  onRemove: () => Promise<unknown>;
  children?: ReactNode;
  size?: "xs";
}) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const remove = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await onRemove();
      setOpen(false);
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="danger" size={size} onClick={() => setOpen(true)}>
        {children}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={`Remove ${what}`} description={consequence}>
        {refusal && (
          <div>
            <div className="note fail" role="alert">
              <Status tone="fail" />
              <span>{refusal}</span>
            </div>
          </div>
        )}
        <footer>
          <Button onClick={() => setOpen(false)}>Keep {what}</Button>
          <Button variant="danger" busy={busy} onClick={() => void remove()}>
            Remove {what}
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
