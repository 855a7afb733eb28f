"use client";

import { useMemo } from "react";
import { lineDiff, withGaps } from "@/lib/line-diff";
import { classNames } from "./class-names";

/** Two YAML texts as one, with what went and what came; unchanged stretches are left out. */
export function YamlDiff({ title, before, after }: { title: string; before: string; after: string }) {
  const lines = useMemo(() => withGaps(lineDiff(before, after)), [before, after]);
  return (
    <div className="code">
      <div className="cb">
        <span className="m11">{title}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines must be scrollable by keyboard */}
      <pre tabIndex={0}>
        {lines.map((line, index) =>
          line === null ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a gap is its place
            <div key={index} className="ln dim">
              <i>…</i>
              <u />
              <span />
            </div>
          ) : (
            <div key={`${line.kind}${line.number}`} className={classNames("ln", line.kind !== "same" && line.kind)}>
              <i>{line.number}</i>
              <u>{line.kind === "add" ? "+" : line.kind === "del" ? "−" : ""}</u>
              <span>{line.text}</span>
            </div>
          ),
        )}
      </pre>
    </div>
  );
}
