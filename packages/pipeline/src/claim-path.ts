/** Where a claim is found: a top-level name alone, or the reference tokens of a JSON Pointer (RFC 6901 §4). */
export type ClaimPath = readonly [string, ...string[]];

/** Splits `/realm_access/roles` once, when compiling. A path that does not begin with `/` is one name, whatever it holds. */
export function compileClaimPath(path: string): ClaimPath {
  if (!path.startsWith("/")) return [path];
  const [first = "", ...rest] = path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return [first, ...rest];
}

/**
 * The claim's value, or undefined. Own members only: a claim named `constructor` or `__proto__` is there
 * when the token says so, and never because JavaScript has one.
 */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !isArrayIndex(name)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const isArrayIndex = (name: string): boolean => /^(?:0|[1-9]\d{0,8})$/.test(name);
