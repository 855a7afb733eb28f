import { readFile } from "node:fs/promises";
import path from "node:path";
import { type AuthoredDocument, authoredDocument, type SecretSource } from "@sallyport/snapshot";
import { reasonOf } from "../failure.js";
import type { Io } from "../io.js";
import { objectName } from "./check-document.js";
import type { Finding } from "./finding.js";
import { failureOf } from "./load-documents.js";
import type { LocatedDocument } from "./located-document.js";

/** Files end in a line break, secrets do not. */
export const withoutLineBreak = (text: string): string => text.replace(/\r?\n$/, "");

type Source = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly field: "env" | "file"; readonly message: string };

async function read(source: SecretSource, document: LocatedDocument, env: Io["env"]): Promise<Source> {
  if ("env" in source) {
    const value = env[source.env];
    if (value === undefined || value === "") return { ok: false, field: "env", message: `names ${source.env}, which is not set here` };
    return { ok: true, value };
  }
  const { file } = document.place([]);
  // A file that is read from standard input has no folder of its own.
  const folder = file.startsWith("<") ? "." : path.dirname(file);
  try {
    return { ok: true, value: withoutLineBreak(await readFile(path.resolve(folder, source.file), "utf8")) };
  } catch (error) {
    return { ok: false, field: "file", message: `names ${source.file}, which cannot be read: ${reasonOf(error)}` };
  }
}

/**
 * The documents as they are sent: where a secret says where this machine has its value, the value stands in its place.
 * @throws Failure that lists every source that cannot be read, with its place
 */
export async function documentsToSend(documents: readonly LocatedDocument[], env: Io["env"]): Promise<unknown[]> {
  const findings: Finding[] = [];
  const sent: unknown[] = [];
  for (const document of documents) {
    const authored: AuthoredDocument | undefined = authoredDocument.safeParse(document.value).data;
    if (authored?.kind !== "Secret" || authored.spec.valueFrom === undefined) {
      sent.push(document.value);
      continue;
    }
    const { valueFrom, ...spec } = authored.spec;
    const source = await read(valueFrom, document, env);
    if (source.ok) sent.push({ ...authored, spec: { ...spec, value: source.value } });
    else {
      const at = ["spec", "valueFrom", source.field];
      findings.push({ ...document.place(at), object: objectName(document.value), field: at.join("."), message: source.message });
    }
  }
  if (findings.length > 0) throw failureOf(findings);
  return sent;
}
