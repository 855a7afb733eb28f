/** What RFC 8785 can serialise. `undefined` members are left out, as JSON.stringify does. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** A one-shot SHA-256 over UTF-8 text, giving lower-case hex. A port: this package runs anywhere. */
export type Sha256 = (text: string) => string;

/** ASCII that stands in JSON as it is: most of what sections hold, and far cheaper to tell than to escape. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError("RFC 8785 §3.2.2.2: lone surrogates are not allowed");
  return JSON.stringify(text);
}

/**
 * The canonical JSON of RFC 8785 (JCS): members sorted by UTF-16 code units, ECMAScript number form, no blanks.
 * @throws TypeError for what JSON cannot say (NaN, infinities, lone surrogates, functions).
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("RFC 8785 has no form for NaN or an infinity");
      return JSON.stringify(value);
    case "string":
      return quoted(value);
    case "object": {
      let text = "";
      if (Array.isArray(value)) {
        for (const item of value as readonly JsonValue[]) text += text === "" ? canonicalJson(item) : `,${canonicalJson(item)}`;
        return `[${text}]`;
      }
      const object = value as { readonly [key: string]: JsonValue | undefined };
      for (const key of Object.keys(object).sort()) {
        const member = object[key];
        if (member !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${canonicalJson(member)}`;
      }
      return `{${text}}`;
    }
    default:
      throw new TypeError(`RFC 8785 has no form for a ${typeof value}`);
  }
}
