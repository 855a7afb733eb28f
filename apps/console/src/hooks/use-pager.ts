"use client";

import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";

export interface Pager {
  readonly cursor: string | undefined;
  readonly next: (cursor: string) => void;
  readonly first: () => void;
  /** Pages gone forward since the page was opened; Back undoes one. */
  readonly depth: number;
}

/** Keyset paging with the cursor in the URL: one page of rows in the document, Back goes to the page before. */
export function usePager(): Pager {
  const [cursor, setCursor] = useQueryState("after", parseAsString.withOptions({ history: "push", scroll: true }));
  const [depth, setDepth] = useState(0);
  return {
    cursor: cursor ?? undefined,
    next: (to) => {
      setDepth(depth + 1);
      void setCursor(to);
    },
    first: () => {
      setDepth(0);
      void setCursor(null);
    },
    depth,
  };
}
