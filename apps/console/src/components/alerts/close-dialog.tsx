"use client";

import { useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { AreaField } from "@/ui/field";

/** Closing says why; the alert comes back by itself when it happens again. */
export function CloseDialog({
  what,
  open,
  onClose,
  onConfirm,
}: {
  what: string;
  open: boolean;
  onClose: () => void;
  onConfirm: (reason: string) => void;
}) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const confirm = () => {
    if (reason.trim() === "") return setError("Say why it needs nobody any more");
    onConfirm(reason.trim());
    setReason("");
    setError(undefined);
  };
  return (
    <Dialog open={open} onClose={onClose} title={`Close ${what}`} description="It is reopened by itself when the same thing happens again.">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <AreaField label="Reason" rows={2} maxLength={2_000} error={error} value={reason} onChange={(event) => setReason(event.target.value)} />
      </form>
      <footer>
        <Button onClick={onClose}>Keep it open</Button>
        <Button variant="primary" onClick={confirm}>
          Close {what}
        </Button>
      </footer>
    </Dialog>
  );
}
