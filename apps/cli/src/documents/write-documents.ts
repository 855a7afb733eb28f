import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { documentText } from "@sallyport/documents";
import { configDocument } from "@sallyport/snapshot";
import { stringify } from "yaml";
import { Failure, reasonOf } from "../failure.js";

type Document = Readonly<Record<string, unknown>>;

/** A document of an answer, and what its author wrote of it. */
export interface DumpedDocument {
  readonly document: Document;
  /** Null where nothing is kept. */
  readonly source: string | null;
}

/** In its author's words; where there are none, or this program does not know the kind, in plain ones. */
function textOf({ document, source }: DumpedDocument): string {
  const known = source === null ? null : configDocument.safeParse(document);
  return known?.success ? documentText(source, known.data) : stringify(document, { lineWidth: 0, version: "1.2" });
}

/** Documents as one multi-document YAML text; its first line tells editors the schema. */
export function documentsText(documents: readonly DumpedDocument[], schemaUrl: string): string {
  const texts = documents.map(textOf);
  return `# yaml-language-server: $schema=${schemaUrl}\n${texts.join("---\n")}`;
}

const stringAt = (value: unknown, key: string): string | undefined => {
  const member: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof member === "string" ? member : undefined;
};

/** The file that a document belongs in: `fleet.yaml`, or `tenants/<slug>.yaml`. */
function fileOf(document: Document): string {
  const { kind, metadata } = document;
  const tenant = kind === "Tenant" ? stringAt(metadata, "name") : stringAt(metadata, "tenant");
  if (tenant === undefined) return "fleet.yaml";
  // Slugs are one DNS label; what else an answer might hold never becomes a path.
  if (!/^[a-z0-9-]{1,63}$/.test(tenant)) throw new Failure(`“${tenant}” is not a tenant's slug; nothing was written for it.`);
  return path.join("tenants", `${tenant}.yaml`);
}

/**
 * Writes documents into one file (its name ends in .yaml or .yml), or into a folder with a file for each tenant.
 * @returns the files' paths
 * @throws Failure when that cannot be done
 */
export async function writeDocuments(target: string, documents: readonly DumpedDocument[], schemaUrl: string): Promise<string[]> {
  const files = new Map<string, DumpedDocument[]>();
  for (const dumped of documents) {
    const file = /\.ya?ml$/.test(target) ? target : path.join(target, fileOf(dumped.document));
    files.set(file, [...(files.get(file) ?? []), dumped]);
  }
  try {
    for (const [file, own] of files) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, documentsText(own, schemaUrl));
    }
  } catch (error) {
    throw new Failure(`${target} cannot be written: ${reasonOf(error)}`);
  }
  return [...files.keys()];
}
