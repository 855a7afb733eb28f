import { type AuthoredDocument, authoredDocument } from "@sallyport/snapshot";
import type { z } from "zod";
import { explainIssue } from "./explain-issue.js";
import type { Finding } from "./finding.js";
import { knownFields } from "./known-fields.js";
import type { LocatedDocument } from "./located-document.js";
import { nearestWord } from "./nearest-word.js";

type Path = readonly PropertyKey[];

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
const at = (value: unknown, path: Path): unknown => path.reduce(memberOf, value);

const fieldText = (path: Path): string => path.map(String).join(".");

/** `Route acme/api`; null for what does not say that much of itself. */
export function objectName(value: unknown): string | null {
  const [kind, name, tenant] = [at(value, ["kind"]), at(value, ["metadata", "name"]), at(value, ["metadata", "tenant"])];
  if (typeof kind !== "string" || typeof name !== "string") return null;
  return typeof tenant === "string" ? `${kind} ${tenant}/${name}` : `${kind} ${name}`;
}

/** One finding for each unknown field: each has a place of its own. */
function unknownFields(document: LocatedDocument, path: Path, keys: readonly string[]): Finding[] {
  const known = knownFields(at(document.value, ["kind"]), path);
  const present = at(document.value, path);
  const free = known.filter((name) => memberOf(present, name) === undefined);
  return keys.map((key) => {
    const nearest = nearestWord(key, free);
    const remedy = nearest === null ? (known.length > 0 ? `known here: ${known.join(", ")}` : "remove it") : `did you mean ${nearest}?`;
    return {
      ...document.place([...path, key], "key"),
      object: objectName(document.value),
      field: fieldText([...path, key]),
      message: `is unknown; ${remedy}`,
    };
  });
}

function findingsOf(document: LocatedDocument, issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === "unrecognized_keys") return unknownFields(document, issue.path, issue.keys);
  const given = at(document.value, issue.path);
  return [{ ...document.place(issue.path), object: objectName(document.value), field: fieldText(issue.path), message: explainIssue(issue, given) }];
}

/** The document as the contract understands it, or everything that is wrong with it. */
export function checkDocument(document: LocatedDocument): { readonly parsed: AuthoredDocument | null; readonly findings: readonly Finding[] } {
  const result = authoredDocument.safeParse(document.value);
  if (result.success) return { parsed: result.data, findings: [] };
  const findings = result.error.issues.flatMap((issue) => findingsOf(document, issue));
  return { parsed: null, findings: findings.sort((a, b) => a.line - b.line || a.column - b.column) };
}
