import { readText } from "@sallyport/documents";
import { type ConfigDocument, configDocument } from "@sallyport/snapshot";
import type { z } from "zod";
import type { EditorFault } from "./code-editor";

/** Where a document belongs: neither may be changed in its text. */
export interface DocumentHead {
  readonly kind: ConfigDocument["kind"];
  readonly name: string;
  /** Slug; null: the fleet's. */
  readonly tenant: string | null;
}

export interface TypedFault extends EditorFault {
  /** Of the member, `spec.limit`; empty for what is no member's. */
  readonly field: string;
}

type Typed = { readonly ok: true; readonly document: ConfigDocument } | { readonly ok: false; readonly faults: readonly TypedFault[] };

/** Reason and remedy where the contract itself gives none. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `${issue.input === undefined ? "is missing" : "is of another type"}; write: ${issue.expected}`;
    case "invalid_value":
      return `is not known; write one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `has no member ${issue.keys.join(", ")}; check its spelling`;
    case "too_small":
      return `is too small; the least is ${issue.minimum}`;
    case "too_big":
      return `is too large; the most is ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** What somebody typed as a document: what it declares, or what is wrong with it and where. */
export function readDocument(text: string, { kind, name, tenant }: DocumentHead): Typed {
  const read = readText(text);
  if (!read.ok) return { ok: false, faults: read.faults.map((fault) => ({ ...fault, field: "" })) };
  const faultAt = (path: readonly PropertyKey[], message: string): TypedFault => ({
    ...read.place(path),
    field: path.map(String).join("."),
    message,
  });
  const parsed = configDocument.safeParse(read.value, { error: explain });
  if (!parsed.success) return { ok: false, faults: parsed.error.issues.map(({ path, message }) => faultAt(path, message)) };
  const { data: document } = parsed;
  const { metadata } = document;
  const faults = [
    ...(document.kind === kind ? [] : [faultAt(["kind"], `is ${document.kind}, and this page is of a ${kind}; leave the kind as it is`)]),
    ...(metadata.name === name ? [] : [faultAt(["metadata", "name"], `is not ${name}; a name never changes`)]),
    ...(("tenant" in metadata ? (metadata.tenant ?? null) : null) === tenant
      ? []
      : [
          faultAt(
            ["metadata", "tenant"],
            tenant === null ? "is named, and this policy is the fleet's; take it away" : `is not ${tenant}; write that`,
          ),
        ]),
  ];
  return faults.length === 0 ? { ok: true, document } : { ok: false, faults };
}
