"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** How the API answers: it does, it has not since a moment (ms), or it no longer knows the session. */
type Reach = { readonly state: "there" | "signed_out" } | { readonly state: "away"; readonly since: number };

const THERE: Reach = { state: "there" };

function useReach(): Reach {
  const client = useQueryClient();
  const [reach, setReach] = useState<Reach>(THERE);
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        if (event.type !== "updated") return;
        if (event.action.type === "success") setReach(THERE);
        if (event.action.type !== "error" && event.action.type !== "failed") return;
        const status: unknown = event.action.error?.data?.httpStatus;
        // A refusal is an answer; only a request that got none means that the API is away.
        if (status === 401) setReach({ state: "signed_out" });
        else if (!status) setReach((known) => (known.state === "away" ? known : { state: "away", since: Date.now() }));
      }),
    [client],
  );
  return reach;
}

/** Labels everything on the page as old while the API is away or the session has ended. The page and what is typed into it stay. */
export function StaleNotice() {
  const reach = useReach();
  const path = usePathname();
  return (
    <div aria-live="polite">
      {reach.state === "away" && (
        <div className="note att stale">
          <Status tone="att" />
          <span>
            The API is away. Shown as of <Time at={reach.since} as="clock" />; what you type is kept, and the page catches up by itself.
          </span>
        </div>
      )}
      {reach.state === "signed_out" && (
        <div className="note att stale">
          <Status tone="att" />
          <span>
            Your session has ended; what is shown is old.{" "}
            <a href={`/sign-in?returnTo=${encodeURIComponent(path)}`} target="_blank" rel="noreferrer">
              Sign in again
            </a>{" "}
            in a new tab, and go on here.
          </span>
        </div>
      )}
    </div>
  );
}
