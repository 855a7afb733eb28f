/** Longest value that is set, characters; upstreams commonly take 8 KiB of header in all. */
export const MAX_HEADER_VALUE_LENGTH = 4_096;

const PLAIN = /^[\x21-\x24\x26-\x7e]*$/;
const TO_ESCAPE = /[^\x21-\x24\x26-\x7e]/gu;
const TO_ESCAPE_IN_LIST = /[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu;

/**
 * A claim as a header value: visible ASCII stays, `%` and everything else becomes percent-encoded UTF-8 (as in RFC 8187 §3.2.1), so
 * that `decodeURIComponent` gives the claim back and nothing can end the field. A lone surrogate becomes U+FFFD.
 * Null when it is longer than may be sent.
 */
export function encodeHeaderValue(text: string): string | null {
  if (text.length > MAX_HEADER_VALUE_LENGTH) return null;
  const encoded = PLAIN.test(text) ? text : text.toWellFormed().replace(TO_ESCAPE, encodeURIComponent);
  return encoded.length <= MAX_HEADER_VALUE_LENGTH ? encoded : null;
}

/** The same for a list: commas within a member are encoded, members are joined by `,`. What does not fit is left out, whole members only. */
export function encodeHeaderList(items: readonly string[]): string | null {
  let list = "";
  for (const item of items) {
    if (item === "" || item.length > MAX_HEADER_VALUE_LENGTH) continue;
    const encoded = PLAIN.test(item) && !item.includes(",") ? item : item.toWellFormed().replace(TO_ESCAPE_IN_LIST, encodeURIComponentFully);
    if (list.length + 1 + encoded.length > MAX_HEADER_VALUE_LENGTH) break;
    list = list === "" ? encoded : `${list},${encoded}`;
  }
  return list === "" ? null : list;
}

const encodeURIComponentFully = (char: string): string => (char === "," ? "%2C" : encodeURIComponent(char));
