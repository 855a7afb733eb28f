import type { AuthoredDocument } from "@sallyport/snapshot";
import { Failure } from "../failure.js";
import { checkDocument, objectName } from "./check-document.js";
import { type Finding, findingText, placeText } from "./finding.js";
import type { LocatedDocument } from "./located-document.js";
import { parseFile } from "./parse-file.js";
import { readSourceFiles, type SourceFile } from "./source-files.js";

/** Every document of some files, in order, as it was written. */
export interface LoadedDocuments {
  readonly documents: readonly LocatedDocument[];
  readonly fileCount: number;
}

const keyOf = ({ kind, metadata }: AuthoredDocument): string => `${"tenant" in metadata ? (metadata.tenant ?? "") : ""}/${kind}/${metadata.name}`;

/** Documents and everything that is wrong with them, two that declare the same object included. */
export function checkFiles(files: readonly SourceFile[]): { readonly documents: readonly LocatedDocument[]; readonly findings: readonly Finding[] } {
  const documents: LocatedDocument[] = [];
  const findings: Finding[] = [];
  const declared = new Map<string, LocatedDocument>();
  for (const content of files.map(parseFile)) {
    findings.push(...content.findings);
    for (const document of content.documents) {
      documents.push(document);
      const { parsed, findings: own } = checkDocument(document);
      findings.push(...own);
      if (parsed === null) continue;
      const twin = declared.get(keyOf(parsed));
      if (twin === undefined) declared.set(keyOf(parsed), document);
      else
        findings.push({
          ...document.place(["metadata", "name"]),
          object: objectName(document.value),
          field: "",
          message: `is declared twice, first at ${placeText(twin.place(["metadata", "name"]))}; keep one of the two`,
        });
    }
  }
  return { documents, findings };
}

/** Findings as one failure, in the order of the files. */
export function failureOf(findings: readonly Finding[]): Failure {
  const count = findings.length === 1 ? "1 error" : `${findings.length} errors`;
  return new Failure([...findings.map(findingText), count].join("\n"));
}

/**
 * Reads and checks the documents of files, folders and standard input.
 * @throws Failure that lists every finding as `file:line:column`, or says that there is no document at all
 */
export async function loadDocuments(names: readonly string[], readInput: () => Promise<string>): Promise<LoadedDocuments> {
  const files = await readSourceFiles(names, readInput);
  const { documents, findings } = checkFiles(files);
  if (findings.length > 0) throw failureOf(findings);
  // An empty file is more likely a mistake than a wish; with --prune it would delete.
  if (documents.length === 0) throw new Failure(`There is no document in ${names.join(", ")}.`);
  return { documents, fileCount: files.length };
}
