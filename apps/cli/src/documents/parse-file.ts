import { parseAllDocuments } from "yaml";
import type { Finding } from "./finding.js";
import { createLines, type LocatedDocument, locatedDocument, type ParsedFile, placeAt } from "./located-document.js";
import type { SourceFile } from "./source-files.js";

/** What stands in one file: its documents, and what is wrong with its YAML. */
export interface FileContent {
  readonly documents: readonly LocatedDocument[];
  readonly findings: readonly Finding[];
}

const fault = (file: ParsedFile, offset: number, message: string): Finding => ({ ...placeAt(file, offset), object: null, field: "", message });

/** YAML 1.2 core schema, of which JSON is a part. Unknown tags are faults: what they mean is unknown. Empty documents are passed over. */
export function parseFile({ name, text }: SourceFile): FileContent {
  const lines = createLines();
  const file: ParsedFile = { name, lines };
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, schema: "core", version: "1.2", uniqueKeys: true });
  const documents: LocatedDocument[] = [];
  const findings: Finding[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const faults = [...document.errors, ...document.warnings];
    findings.push(...faults.map((error) => fault(file, error.pos[0], `is not valid YAML: ${error.message}`)));
    if (faults.length > 0) continue;
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value !== null) documents.push(locatedDocument(file, document, value));
    } catch (error) {
      // Aliases that lead nowhere, or that would unfold without bound.
      findings.push(fault(file, document.range[0], `cannot be read: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
  return { documents, findings };
}
