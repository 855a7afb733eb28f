import { type ConfigDocument, type JsonValue, KIND_SPECS } from "@sallyport/snapshot";
import { isMap, isNode, isPair, isScalar, parseDocument, stringify, visit } from "yaml";
import { merged, withoutAliases } from "./merge-value.js";
import { readText } from "./read-text.js";
import { isSame } from "./same.js";

const FORMAT = { lineWidth: 0, version: "1.2" } as const;

const parsed = (text: string) => parseDocument(text, { schema: "core", version: "1.2", uniqueKeys: true, prettyErrors: false });

/** Whether a text of one YAML document says anything to people alone. */
export function hasComments(text: string): boolean {
  const document = parsed(text);
  if (document.errors.length > 0) return false;
  let found = Boolean(document.comment || document.commentBefore);
  visit(document, (_, node) => {
    if (isNode(node) && (node.comment || node.commentBefore)) found = true;
    if (isPair(node) && isNode(node.key) && (node.key.comment || node.key.commentBefore)) found = true;
    return found ? visit.BREAK : undefined;
  });
  return found;
}

const recordOf = (value: unknown): Readonly<Record<string, JsonValue>> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, JsonValue>) : null;

/** The spec without what its author left out and the contract fills in again. */
function asAuthored(document: ConfigDocument, authored: unknown): JsonValue {
  const written = recordOf(recordOf(authored)?.spec);
  // Specs are zod outputs: JSON by construction.
  const whole = document as unknown as JsonValue;
  if (written === null) return whole;
  const schema = KIND_SPECS[document.kind];
  let spec: Readonly<Record<string, unknown>> = document.spec;
  for (const member of Object.keys(spec)) {
    if (Object.hasOwn(written, member)) continue;
    const { [member]: _, ...without } = spec;
    const again = schema.safeParse(without);
    if (again.success && isSame(again.data, document.spec)) spec = without;
  }
  return { ...recordOf(whole), spec: spec as JsonValue };
}

/**
 * A document as YAML, in the words of an earlier text of it: what that text says to people stays at every member that is still there, and
 * members stay in its order. A text that says the same already comes back as it is.
 * @param source the earlier text; null where there is none. One that cannot be read counts for nothing
 */
export function documentText(source: string | null, declared: ConfigDocument): string {
  // A member that a form emptied is one that is not there.
  const document = JSON.parse(JSON.stringify(declared)) as ConfigDocument;
  const plain = (): string => stringify(document, FORMAT);
  if (source === null) return plain();
  const read = readText(source);
  if (!read.ok || recordOf(read.value) === null) return plain();
  const wanted = asAuthored(document, read.value);
  if (isSame(read.value, wanted) || saysTheSame(read.value, document)) return source.endsWith("\n") ? source : `${source}\n`;
  const yaml = parsed(source);
  withoutAliases(yaml);
  const before = isMap(yaml.contents) && isScalar(yaml.contents.items[0]?.key) ? yaml.contents : null;
  yaml.contents = merged(yaml, before, wanted) as typeof yaml.contents;
  const text = yaml.toString({ lineWidth: 0 });
  const again = readText(text);
  // Whatever YAML can do that this does not know: what is declared comes before what is said of it.
  return again.ok && isSame(again.value, wanted) ? text : plain();
}

/** A set that is written in another order, a default that is written out: the contract reads both alike. */
function saysTheSame(value: unknown, document: ConfigDocument): boolean {
  const { spec, ...head } = recordOf(value) ?? {};
  const { spec: _, ...wantedHead } = document;
  const read = KIND_SPECS[document.kind].safeParse(spec);
  return isSame(head, wantedHead) && read.success && isSame(read.data, document.spec);
}
