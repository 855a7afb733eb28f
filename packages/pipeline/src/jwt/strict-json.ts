/** Deeper than any header or claims set of good faith. */
const MAX_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * A JSON object in which every member name stands once (RFC 7515 §4, RFC 7519 §4 leave the choice; two readers would choose differently).
 * Null for anything else: no object, a duplicate name at any depth, nesting beyond 32, no JSON. Members are own properties,
 * `__proto__` too; read them with `Object.hasOwn`.
 */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> | null {
  const members = countMembers(text);
  if (members < 0) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  // JSON.parse keeps the last of two members with one name: fewer are left than were written.
  return countKeys(value) === members ? (value as Record<string, unknown>) : null;
}

/** Members that are written, all depths together: the colons outside strings. -1 when nested too deep or unbalanced. */
function countMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case 0x3a:
        members++;
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > MAX_DEPTH) return -1;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
    }
  }
  return depth === 0 ? members : -1;
}

/** Index of the closing quote, or the text's end. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index++;
  }
  return index;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item);
    return keys;
  }
  for (const name of Object.keys(value)) keys += 1 + countKeys((value as Record<string, unknown>)[name]);
  return keys;
}
