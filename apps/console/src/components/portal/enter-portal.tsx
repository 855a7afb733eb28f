"use client";

import { useState } from "react";
import { useLinkToken } from "@/hooks/use-link-token";
import { openedPage } from "@/lib/opened-page";
import { postJson } from "@/lib/post-json";
import { problemOf } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Status } from "@/ui/status";

/** Uses a link to the portal up, once somebody says so. */
export function EnterPortal() {
  const token = useLinkToken();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  const enter = async () => {
    setBusy(true);
    setRefusal(null);
    const result = await postJson("/api/portal/session", { token });
    if (result.ok) return window.location.assign(openedPage(result.answer));
    setBusy(false);
    setRefusal(problemOf(result.problem).message);
  };

  if (token === undefined) return null;
  if (token === null)
    return (
      <>
        <h1>You are not in the portal</h1>
        <p className="t2">
          Open the link that you were sent, whole, with what stands behind the #. It works once: if it was used, has ended or was taken back, ask
          whoever sent it for a new one.
        </p>
      </>
    );
  return (
    <>
      <h1>You are invited</h1>
      <p className="t2">Here you set up how your people and machines sign in, and try it out. The link works once, in this browser.</p>
      {refusal && (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <span>{refusal}</span>
        </div>
      )}
      <Button variant="primary" busy={busy} autoFocus onClick={() => void enter()}>
        {busy ? "Opening…" : "Open the portal"}
      </Button>
    </>
  );
}
