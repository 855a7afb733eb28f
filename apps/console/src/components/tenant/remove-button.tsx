"use client";

import { type ReactNode, useState } from "react";
import { problemText } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Status } from "@/ui/status";

/** Asks before something is removed or ended, and says what follows. */
export function RemoveButton({
  what,
  short = what,
  consequence,
  onRemove,
  asksReason = false,
  verb = "Remove",
  children = `${verb}…`,
  size,
}: {
  what: string;
  /** The same on the dialog's buttons, where they would not hold the whole. */
  short?: string;
  consequence: ReactNode;
  /** @param reason what was written, where it is asked for */
  onRemove: (reason?: string) => Promise<unknown>;
  /** Asks why; it may be left out. */
  asksReason?: boolean;
  /** What is done, on the buttons. */
  verb?: string;
  children?: ReactNode;
  size?: "xs";
}) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const remove = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await onRemove(reason.trim() || undefined);
      setOpen(false);
      setReason("");
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
        {asksReason && (
          <div>
            <TextField
              label="Reason"
              hint="Stands in the list of revocations; may be left out."
              value={reason}
              maxLength={500}
              onChange={({ target }) => setReason(target.value)}
            />
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
