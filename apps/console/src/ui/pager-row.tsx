"use client";

import type { ReactNode } from "react";
import type { Pager } from "@/hooks/use-pager";
import { Button } from "./button";

/** Below a list: how much of it is shown, the way on, and the keys that work here. */
export function PagerRow({ pager, nextCursor, shown, keys }: { pager: Pager; nextCursor: string | null; shown: ReactNode; keys?: ReactNode }) {
  return (
    <div className="foot-row">
      <span>{shown}</span>
      {pager.cursor && (
        <Button size="xs" onClick={pager.first}>
          First page
        </Button>
      )}
      {nextCursor && (
        <Button size="xs" onClick={() => pager.next(nextCursor)}>
          Next page
        </Button>
      )}
      <span className="grow" />
      <span className="row s3 hide-s">{keys}</span>
    </div>
  );
}

/** A key and what it does. */
export function KeyHint({ keys, what }: { keys: readonly string[]; what: string }) {
  return (
    <span className="row gap-1">
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}{" "}
      {what}
    </span>
  );
}
