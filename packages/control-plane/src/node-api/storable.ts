import type { JsonValue } from "@sallyport/snapshot";

/**
 * Text that PostgreSQL takes: no NUL, no lone surrogates. What nodes report holds words of strangers (claims, kids, headers), and a
 * batch that can never be stored would be sent again for ever.
 */
export const storableText = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");

/** The same for every text in a JSON value, names of members included. */
export function storable<T>(value: T): T {
  // Same shape by construction: only characters inside of texts are replaced.
  return storableJson(value as JsonValue) as T;
}

function storableJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return storableText(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member: JsonValue) => storableJson(member));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storableText(key), member === undefined ? undefined : storableJson(member)]),
  );
}
