import { canonicalAuthority } from "../admit/host.js";

/** Longer ones are no target of a request that was admitted. */
const MAX_LENGTH = 8_192;
const NOT_IN_A_PATH = /[^\x21-\x7e]|\\|%(?![0-9A-Fa-f]{2})/;
/** Characters that no URI has as they are (RFC 3986 §2), and that requests have all the same: some clients escape them, some do not. */
const ESCAPED_BY_SOME = /["<>^`{|}]/g;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * An http(s) URI in one form for all that mean the same (RFC 3986 §6.2.2, §6.2.3), without query and fragment: scheme and host in lower case,
 * no default port, `/` for an empty path, escapes of unreserved characters undone and the others in upper case, what belongs escaped
 * escaped, dot segments taken out.
 * Null for what is none, or has a user: nothing is guessed.
 */
export function normaliseHttpUri(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const [, scheme = "", authorityText = "", path = ""] = /^(https?):\/\/([^/?#]+)([^?#]*)/i.exec(text) ?? [];
  const authority = canonicalAuthority(authorityText);
  return authority === null || NOT_IN_A_PATH.test(path) ? null : writeHttpUri(scheme.toLowerCase(), authority, path);
}

/** The same of parts. @param path as of an admitted target */
export function writeHttpUri(scheme: string, { host, port }: { readonly host: string; readonly port: string }, path: string): string {
  // `Number` takes leading zeros off, which are one more spelling (§3.2.3).
  const named = port === "" ? "" : String(Number(port));
  const shown = named === "" || named === (scheme === "https" ? "443" : "80") ? "" : `:${named}`;
  return `${scheme}://${host}${shown}${normalisePath(path)}`;
}

function normalisePath(path: string): string {
  const plain = path
    .replace(/%([0-9A-Fa-f]{2})/g, (escaped, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(character) ? character : escaped.toUpperCase();
    })
    .replace(ESCAPED_BY_SOME, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return plain.includes("/.") ? withoutDotSegments(plain) : plain || "/";
}

/** RFC 3986 §5.2.4, of a path that begins with `/`. */
function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
    // What ends in a dot segment names a folder.
    if (isLast && (segment === "." || segment === "..")) kept.push("");
  }
  return `/${kept.join("/")}`;
}
