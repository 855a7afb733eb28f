import { parseStrictObject } from "@sallyport/pipeline";
import { readMultipart } from "./multipart.js";

/** What a body says of who signs in; `malformed`: it cannot be read, or could be read in two ways. */
export type SaidUsername = { readonly ok: true; readonly username: string | null } | { readonly ok: false; readonly malformed: string };

const MAX_CHARACTERS = 256;
const TEXT_TYPE = /^(application\/json|application\/x-www-form-urlencoded)(?: *; *charset="?utf-8"?)?$/i;
/** What no store keeps as it is, and no account is called. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/u;
const FORM = /^(?:[^%]|%[0-9A-Fa-f]{2})*$/;

const malformed = (why: string): SaidUsername => ({ ok: false, malformed: why });

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Spellings that an upstream could take for one are one: upper and lower case, compatibility forms, blanks at the ends. */
const canonical = (username: string): string => username.normalize("NFKC").trim().toLowerCase();

function onlyOne(values: readonly unknown[], field: string): SaidUsername {
  const [value] = values;
  if (values.length > 1) return malformed(`${field} is there twice`);
  if (value === undefined) return { ok: true, username: null };
  if (typeof value !== "string") return malformed(`${field} is no text`);
  const username = canonical(value);
  if (UNPRINTABLE.test(username)) return malformed(`${field} has characters that no name has`);
  if (username.length > MAX_CHARACTERS) return malformed(`${field} is longer than ${MAX_CHARACTERS} characters`);
  return { ok: true, username: username === "" ? null : username };
}

/**
 * Whom a login's body names (BEHAVIOUR §5): the field of a JSON object, a form or a multipart form. Names that differ in their case alone are
 * one, because many upstreams read them so.
 * @param contentType as it stood on the wire; null when there was none
 */
export function readUsername(contentType: string | null, body: Buffer, field: string): SaidUsername {
  const wanted = field.toLowerCase();
  const type = contentType?.trim() ?? "";
  if (/^multipart\//i.test(type)) {
    const parts = readMultipart(type, body.toString("latin1"));
    if (parts === null) return malformed("the body is no multipart form of one meaning");
    const named = parts.filter(({ name }) => name.toLowerCase() === wanted);
    if (named.some(({ isFile }) => isFile)) return malformed(`${field} is a file`);
    const values = named.map(({ value }) => decodeUtf8(Buffer.from(value, "latin1")));
    return values.includes(null) ? malformed(`${field} is not UTF-8`) : onlyOne(values, field);
  }
  const kind = TEXT_TYPE.exec(type)?.[1]?.toLowerCase();
  const text = kind === undefined ? null : decodeUtf8(body);
  if (text === null) return malformed(kind === undefined ? "the body is neither JSON nor a form" : "the body is not UTF-8");
  if (kind === "application/json") {
    const object = parseStrictObject(text);
    if (object === null) return malformed("the body is no JSON object in which each name stands once");
    const names = Object.keys(object).filter((name) => name.toLowerCase() === wanted);
    return onlyOne(
      names.map((name) => object[name]),
      field,
    );
  }
  if (!FORM.test(text)) return malformed("the body is no form");
  const values = [...new URLSearchParams(text)].filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values.some((value) => value.includes("\ufffd")) ? malformed(`${field} is not UTF-8`) : onlyOne(values, field);
}
