/**
 * `Secure`, `Path=/` and no `Domain` are what the `__Host-` prefix asks for (RFC 6265bis §4.1.3.2). `Lax`: a link from elsewhere finds its
 * reader signed in, a form or a script from elsewhere does not.
 */
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** A `Set-Cookie` value. @param maxAgeSeconds null: until the browser is closed */
export const setCookie = (name: string, value: string, maxAgeSeconds: number | null): string =>
  `${name}=${value}; ${maxAgeSeconds === null ? "" : `Max-Age=${maxAgeSeconds}; `}${ATTRIBUTES}`;

/** Takes a cookie away. */
export const clearedCookie = (name: string): string => setCookie(name, "", 0);
