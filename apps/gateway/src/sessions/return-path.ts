const MAX_LENGTH = 2_000;
const PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Where a browser goes after its login: a path of this origin, and nothing that a browser could take for another one. Null for anything
 * else: `//host`, `/\host`, addresses with a scheme, control bytes, dot segments that would fold to one of these, and our own endpoints.
 */
export function safeReturnPath(text: string): string | null {
  if (text.length > MAX_LENGTH || !PATH.test(text)) return null;
  const path = /^[^?#]*/.exec(text)?.[0] ?? "";
  if (path.includes("//") || /\/(?:\.|%2e){1,2}(?:\/|;|$)/i.test(path) || /%(?:2f|5c|0[0-9a-f]|1[0-9a-f]|7f)/i.test(path)) return null;
  if (path === "/.sallyport" || path.startsWith("/.sallyport/")) return null;
  const base = "https://origin.invalid";
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  return url.origin === base ? `${url.pathname}${url.search}` : null;
}
