"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

/** Since when the API has not answered, ms; null while it does. */
function useAwaySince(): number | null {
  const client = useQueryClient();
  const [since, setSince] = useState<number | null>(null);
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        if (event.type !== "updated") return;
        if (event.action.type === "success") setSince(null);
        // A refusal is an answer; only a request that got none means that the API is away.
        const unanswered = (event.action.type === "error" || event.action.type === "failed") && !event.action.error?.data?.httpStatus;
        if (unanswered) setSince((known) => known ?? Date.now());
      }),
    [client],
  );
  return since;
}

/** Labels everything on the page as old while the API is away. The page stays, and recovers by itself. */
export function StaleNotice() {
  const since = useAwaySince();
  return (
    <div aria-live="polite">
      {since !== null && (
        <div className="note att stale">
          <Status tone="att" />
          <span>
            The API is away. Shown as of <Time at={since} as="clock" />; what you type is kept, and the page catches up by itself.
          </span>
        </div>
      )}
    </div>
  );
}
