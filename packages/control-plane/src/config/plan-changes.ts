import type { ConfigDocument, JsonValue, Kind } from "@sallyport/snapshot";
import { type FieldChange, fieldChanges } from "../objects/field-changes.js";
import type { NewValue } from "../secrets/stored-values.js";
import { documentKey, sectionTenantOf, sortDocuments, tenantOf } from "./documents.js";
import type { Wanted } from "./parse-documents.js";

/** What applying would do to one object. */
export interface PlannedChange {
  readonly kind: Kind;
  readonly name: string;
  /** Slug of the tenant that the object lives in. */
  readonly tenant?: string;
  readonly change: "create" | "update" | "delete" | "unchanged";
  readonly fields: readonly FieldChange[];
}

/** A planned change with both documents at hand. */
export interface Change extends PlannedChange {
  readonly before: ConfigDocument | null;
  readonly after: ConfigDocument | null;
  /** The value that came with a secret. */
  readonly given: string | null;
  /** That value, when it is news. */
  readonly newValue: Omit<NewValue, "tenantId" | "setBy" | "at"> | null;
}

/** The installation's own group: new nodes join it, so no file deletes it. */
const KEPT_GROUP = "default";

/** Whether the files own the object, so that leaving it out deletes it. */
function owned(document: ConfigDocument, wanted: ReadonlyMap<string, Wanted>): boolean {
  const wholeFleet = wanted.has("/Fleet/default");
  const slug = sectionTenantOf(document);
  if (slug === null) return wholeFleet && document.kind !== "Fleet" && !(document.kind === "NodeGroup" && document.metadata.name === KEPT_GROUP);
  return wholeFleet || wanted.has(`/Tenant/${slug}`);
}

function changeOf(before: ConfigDocument | null, wanted: Wanted | null): Change[] {
  const after = wanted?.document ?? null;
  const document = after ?? before;
  if (document === null) return [];
  // Specs are zod outputs: JSON by construction.
  const fields = fieldChanges(before?.spec as JsonValue | undefined, after?.spec as JsonValue | undefined);
  const change = before === null ? "create" : after === null ? "delete" : fields.length > 0 ? "update" : "unchanged";
  const tenant = tenantOf(document);
  return [
    {
      kind: document.kind,
      name: document.metadata.name,
      ...(tenant === null ? {} : { tenant }),
      change,
      fields,
      before,
      after,
      given: wanted?.value ?? null,
      newValue: null,
    },
  ];
}

/**
 * Compares what is declared with what is wanted.
 * @param current documents of everything that the plan may touch
 */
export function planChanges(
  current: readonly ConfigDocument[],
  wanted: ReadonlyMap<string, Wanted>,
  { prune }: { readonly prune: boolean },
): Change[] {
  const standing = new Map(current.map((document) => [documentKey(document), document]));
  const gone = prune ? current.filter((document) => !wanted.has(documentKey(document)) && owned(document, wanted)) : [];
  const documents = sortDocuments([...[...wanted.values()].map(({ document }) => document), ...gone]);
  return documents.flatMap((document) => {
    const key = documentKey(document);
    return changeOf(standing.get(key) ?? null, wanted.get(key) ?? null);
  });
}

/** What stands when the changes are made. */
export function resultOf(current: readonly ConfigDocument[], changes: readonly Change[]): ConfigDocument[] {
  const result = new Map(current.map((document) => [documentKey(document), document]));
  for (const { before, after } of changes) {
    if (after !== null) result.set(documentKey(after), after);
    else if (before !== null) result.delete(documentKey(before));
  }
  return [...result.values()];
}
