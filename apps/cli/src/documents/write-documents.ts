import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { Failure, reasonOf } from "../failure.js";

type Document = Readonly<Record<string, unknown>>;

/** Documents as one multi-document YAML text; its first line tells editors the schema. */
export function documentsText(documents: readonly Document[], schemaUrl: string): string {
  const texts = documents.map((document) => stringify(document, { lineWidth: 0, version: "1.2" }));
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
export async function writeDocuments(target: string, documents: readonly Document[], schemaUrl: string): Promise<string[]> {
  const files = new Map<string, Document[]>();
  for (const document of documents) {
    const file = /\.ya?ml$/.test(target) ? target : path.join(target, fileOf(document));
    files.set(file, [...(files.get(file) ?? []), document]);
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
