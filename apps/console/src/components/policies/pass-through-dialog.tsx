"use client";

import { useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";

const WORD = "PASS_THROUGH";

/** Says what letting requests pass means, and wants the word typed (BEHAVIOUR 3b). */
export function PassThroughDialog({ open, onClose, onConfirm }: { open: boolean; onClose: () => void; onConfirm: () => void }) {
  const [typed, setTyped] = useState("");
  const confirm = () => {
    if (typed !== WORD) return;
    setTyped("");
    onConfirm();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Let requests pass unauthenticated"
      description={
        <>
          While the provider cannot be asked, anybody who sends any token reaches the upstream of these routes, with{" "}
          <code>X-Authenticated: false</code> and without an identity. A critical alert stands as long as it lasts.
        </>
      }
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <TextField
          label={`Type ${WORD} to go on`}
          mono
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
      <footer>
        <Button onClick={onClose}>Keep refusing</Button>
        <Button variant="danger" disabled={typed !== WORD} onClick={confirm}>
          Let them pass
        </Button>
      </footer>
    </Dialog>
  );
}
