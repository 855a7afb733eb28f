import { Refusal } from "../rest/client.js";
import { objectName } from "./check-document.js";
import type { Finding } from "./finding.js";
import { failureOf } from "./load-documents.js";
import type { LocatedDocument } from "./located-document.js";

const IN_DOCUMENT = /^documents\.(\d+)(?:\.(.+))?$/;

function locate(documents: readonly LocatedDocument[], { path, message }: { readonly path: string; readonly message: string }): Finding | null {
  const [, index, field = ""] = IN_DOCUMENT.exec(path) ?? [];
  const document = index === undefined ? undefined : documents[Number(index)];
  if (document === undefined) return null;
  return { ...document.place(field === "" ? [] : field.split(".")), object: objectName(document.value), field, message };
}

/** A refusal that names fields of the sent documents, told with their places in the files; anything else as it is. */
export function locateRefusal(error: unknown, documents: readonly LocatedDocument[]): unknown {
  if (!(error instanceof Refusal) || error.problem.issues.length === 0) return error;
  const located = error.problem.issues.map((issue) => locate(documents, issue));
  const findings = located.filter((finding) => finding !== null);
  return findings.length === located.length ? failureOf(findings) : error;
}
