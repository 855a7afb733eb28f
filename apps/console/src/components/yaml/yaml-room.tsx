"use client";

import { Suspense } from "react";
import { late } from "@/ui/late";
import { SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";
import type { DocumentText } from "./use-document-text";

const CodeEditor = late(() => import("./code-editor"));

/** A document as text, and what is wrong with it, line by line. */
export function YamlRoom({ of: { text, faults, faultsOf, type }, what, editable }: { of: DocumentText; what: string; editable: boolean }) {
  if (text === null) return <SkeletonRows rows={8} />;
  return (
    <div className="grid gap-3">
      <Suspense fallback={<SkeletonRows rows={8} />}>
        <CodeEditor label={`${what} as YAML`} start={text} readOnly={!editable} faultsOf={faultsOf} onChange={type} />
      </Suspense>
      {faults.length > 0 ? (
        <div className="note fail" role="alert">
          <Status tone="fail" />
          <ul className="grid gap-1">
            {faults.map(({ line, column, field, message }) => (
              <li key={`${line}:${column} ${field} ${message}`}>
                <span className="m">
                  {line}:{column}
                </span>{" "}
                {field && <code>{field}</code>} {message}
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <p className="t3">Comments stay when the form is used, when it is saved, and in dump and apply.</p>
      )}
    </div>
  );
}
