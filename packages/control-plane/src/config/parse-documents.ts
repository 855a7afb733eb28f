import { type ConfigDocument, type SentDocument, sentDocument } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { tenantDeclared } from "../objects/declared.js";
import { valueIssue } from "../secrets/value-issue.js";
import { check, invalid } from "../validation.js";
import { documentKey, tenantOf } from "./documents.js";

/** A document and its place in the input. */
export interface Wanted {
  readonly document: ConfigDocument;
  /** Counted from 0; issues are on `documents.<index>.…`. */
  readonly index: number;
  /** Of a secret that came with its value; it is in no document from here on. */
  readonly value: string | null;
}

const within = (index: number, issues: readonly FieldIssue[]): FieldIssue[] =>
  issues.map(({ path, message }) => ({ path: path === "" ? `documents.${index}` : `documents.${index}.${path}`, message }));

/** The declared document, and the value beside it. */
function withoutValue(document: SentDocument): Pick<Wanted, "document" | "value"> {
  if (document.kind !== "Secret") return { document, value: null };
  const { value = null, ...spec } = document.spec;
  return { document: { ...document, spec }, value };
}

/** @throws ServiceError `invalid` with every issue of every document, and for two documents of one name */
export function parseDocuments(raw: readonly unknown[]): Map<string, Wanted> {
  const issues: FieldIssue[] = [];
  const wanted = new Map<string, Wanted>();
  for (const [index, text] of raw.entries()) {
    const parsed = check(sentDocument, text);
    if (!parsed.ok) {
      issues.push(...within(index, parsed.issues));
      continue;
    }
    const { document, value } = withoutValue(parsed.value);
    const issue = document.kind === "Secret" && value !== null ? valueIssue(document.spec.type, value) : null;
    if (issue !== null) issues.push(...within(index, [{ path: "spec.value", message: issue }]));
    if (tenantOf(document) !== null) {
      // The same rules as for an object that is saved by itself.
      const own = check(tenantDeclared, { kind: document.kind, spec: document.spec });
      if (!own.ok) issues.push(...within(index, own.issues));
    }
    const key = documentKey(document);
    const twin = wanted.get(key);
    if (twin)
      issues.push({ path: `documents.${index}.metadata.name`, message: `is declared by document ${twin.index + 1} already; keep one of the two` });
    else wanted.set(key, { document, index, value });
  }
  if (issues.length > 0) throw invalid(issues);
  return wanted;
}
