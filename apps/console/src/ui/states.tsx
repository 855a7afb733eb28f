import type { ReactNode } from "react";
import { problemOf } from "@/lib/problem";
import { Button } from "./button";
import { Status } from "./status";

/** Nothing here yet, or nothing that matches: the words say which. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <h3>{title}</h3>
      {children && <p className="t2">{children}</p>}
      {action}
    </div>
  );
}

/** A load that failed: what happened, the request id, and a way to try again. */
export function FailedState({ what, error, onRetry }: { what: string; error: unknown; onRetry?: () => void }) {
  const { message, requestId } = problemOf(error);
  return (
    <div className="state" role="alert">
      <h3>
        <Status tone="fail" coloured>
          Could not load {what}
        </Status>
      </h3>
      <p className="t2">
        {message}
        {requestId && (
          <>
            {" "}
            Request <code>{requestId}</code>.
          </>
        )}
      </p>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

const WIDTHS = ["w-40", "w-72", "w-56", "w-64", "w-48"] as const;

/** Rows of the height that the content will have. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-busy="true">
      <span className="sr" role="status">
        Loading
      </span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <div key={index} className="skel-row">
          <div className={`skel ${WIDTHS[index % WIDTHS.length]}`} />
        </div>
      ))}
    </div>
  );
}

/** The page as it stands while its data is on the way. */
export function PageSkeleton() {
  return (
    <>
      <div className="ph">
        <div className="grid gap-2">
          <div className="skel w-40" />
          <div className="skel w-72" />
        </div>
      </div>
      <SkeletonRows rows={10} />
    </>
  );
}
