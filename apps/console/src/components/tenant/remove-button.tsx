"use client";

import { type ReactNode, useState } from "react";
import { problemText } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Status } from "@/ui/status";

/** Asks before something is removed or ended, and says what follows. */
export function RemoveButton({
  what,
  short = what,
  consequence,
  onRemove,
  verb = "Remove",
  children = `${verb}…`,
  size,
}: {
  what: string;
  /** The same on the dialog's buttons, where they would not hold the whole. */
  short?: string;
  consequence: ReactNode;
  onRemove: () => Promise<unknown>;
  /** What is done, on the buttons. */
  verb?: string;
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
      <Button variant="danger" size={size} aria-label={verb === "Remove" ? undefined : `${verb} ${what}`} onClick={() => setOpen(true)}>
        {children}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={`${verb} ${what}`} description={consequence}>
        {refusal && (
          <div>
            <div className="note fail" role="alert">
              <Status tone="fail" />
              <span>{refusal}</span>
            </div>
          </div>
        )}
        <footer>
          <Button onClick={() => setOpen(false)}>Keep {short}</Button>
          <Button variant="danger" busy={busy} onClick={() => void remove()}>
            {verb} {short}
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
