import { configDocumentJsonSchema } from "@sallyport/snapshot";

type Schema = { readonly [member: string]: unknown };
const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

let root: Schema | undefined;

/** The schema itself and everything that it may stand for: references and alternatives. */
function* alternatives(schema: unknown, definitions: Schema): Generator<Schema> {
  if (!isSchema(schema)) return;
  if (typeof schema.$ref === "string") return yield* alternatives(definitions[schema.$ref.replace("#/$defs/", "")], definitions);
  yield schema;
  for (const each of [...list(schema.oneOf), ...list(schema.anyOf), ...list(schema.allOf)]) yield* alternatives(each, definitions);
}

/** Names of the fields that a document of this kind may have at a path; for “did you mean”. */
export function knownFields(kind: unknown, path: readonly PropertyKey[]): string[] {
  root ??= configDocumentJsonSchema();
  const definitions = isSchema(root.$defs) ? root.$defs : {};
  let here = [...alternatives(root, definitions)].filter(({ properties }) => {
    const own = isSchema(properties) ? properties.kind : undefined;
    return isSchema(own) && own.const === kind;
  });
  for (const key of path) {
    here = here.flatMap(({ properties, items, additionalProperties }) => {
      const next = isSchema(properties) ? (properties[String(key)] ?? additionalProperties) : (items ?? additionalProperties);
      return [...alternatives(next, definitions)];
    });
  }
  return [...new Set(here.flatMap(({ properties }) => (isSchema(properties) ? Object.keys(properties) : [])))];
}
