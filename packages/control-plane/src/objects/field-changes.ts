import type { JsonValue } from "@sallyport/snapshot";

/** One field that differs between two specs. `undefined` means: not there. */
export interface FieldChange {
  /** Dotted path inside the spec, `limits.maxTokenBytes`. */
  readonly path: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
  /** For lists that mean sets (of strings): the members that came and went. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

type JsonObject = { readonly [key: string]: JsonValue | undefined };

const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isStrings = (value: JsonValue | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((member) => typeof member === "string");

function equal(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((member, index) => equal(member, b[index]));
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => equal(a[key], b[key]));
  }
  return false;
}

function* walk(before: JsonValue | undefined, after: JsonValue | undefined, path: string): Generator<FieldChange> {
  if (equal(before, after)) return;
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const key of keys) yield* walk(before[key], after[key], path === "" ? key : `${path}.${key}`);
    return;
  }
  if (isStrings(before) && isStrings(after)) {
    const old = new Set(before);
    const now = new Set(after);
    const added = after.filter((member) => !old.has(member));
    const removed = before.filter((member) => !now.has(member));
    yield { path, before, after, added, removed };
    return;
  }
  yield { path, before, after };
}

/** Field by field, what turns one spec into the other; sorted by path. A whole object that comes or goes is told field by field, too. */
export function fieldChanges(before: JsonValue | undefined, after: JsonValue | undefined): FieldChange[] {
  return [...walk(before === undefined && isObject(after) ? {} : before, after === undefined && isObject(before) ? {} : after, "")];
}
