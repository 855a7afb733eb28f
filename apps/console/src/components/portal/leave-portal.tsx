"use client";

import { useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Ends the session here: the link does not open it again. */
export function LeavePortal({ recipient }: { recipient: string }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const leave = async () => {
    setBusy(true);
    const response = await fetch("/api/portal/session", { method: "DELETE" }).catch(() => null);
    if (response?.ok) return window.location.assign("/portal/invitation");
    setBusy(false);
    setFailed(true);
  };
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        Leave…
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Leave the portal"
        description={`Your link was used and opens nothing any more: to come back, ${recipient} needs a new one. What was saved stays.`}
      >
        {failed && (
          <div>
            <div className="note fail" role="alert">
              <span>You are still in: the portal did not answer. Try again.</span>
            </div>
          </div>
        )}
        <footer>
          <Button onClick={() => setAsking(false)}>Stay</Button>
          <Button variant="primary" busy={busy} onClick={() => void leave()}>
            Leave the portal
          </Button>
        </footer>
      </Dialog>
    </>
  );
}
