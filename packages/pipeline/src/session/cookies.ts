import type { AdmittedRequest } from "../admit/admit.js";
import { isOwnCookie, mayHoldOwnCookie } from "./cookie-names.js";

const isCookieField = (name: string): boolean => name.length === 6 && name.toLowerCase() === "cookie";

/** RFC 6265 §4.2.1: pairs between semicolons. A part without a name is nobody's. */
function pairsOf(field: string): { readonly name: string; readonly value: string; readonly text: string }[] {
  return field.split(";").map((text) => {
    const trimmed = text.replace(/^[\t ]+|[\t ]+$/g, "");
    const equals = trimmed.indexOf("=");
    return equals < 0 ? { name: "", value: trimmed, text } : { name: trimmed.slice(0, equals), value: trimmed.slice(equals + 1), text };
  });
}

/** Every value that the request has for a cookie, in all its `Cookie` fields, as it stands there: nothing is unquoted or decoded. */
export function cookieValues({ headers }: Pick<AdmittedRequest, "headers">, cookie: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const field = headers[index + 1] ?? "";
    if (!isCookieField(headers[index] ?? "") || !field.includes(cookie)) continue;
    for (const { name, value } of pairsOf(field)) if (name === cookie) values.push(value);
  }
  return values;
}

/**
 * Takes the gateway's own cookies out of the fields for the upstream, in place; every other cookie stays byte for byte as it came. A field
 * that held nothing else goes.
 * @param kept one that the upstream gets all the same
 */
export function withoutOwnCookies(headers: string[], kept: string | null): string[] {
  let result = headers;
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    const field = headers[index + 1] ?? "";
    if (!isCookieField(headers[index] ?? "") || !mayHoldOwnCookie(field)) continue;
    const rest = pairsOf(field).filter(({ name }) => !isOwnCookie(name) || name === kept);
    if (result === headers) result = [...headers];
    const text = rest.map((pair) => pair.text).join(";");
    if (text.trim() === "") result.splice(index, 2);
    else result[index + 1] = text.replace(/^[\t ]+/, "");
  }
  return result;
}
