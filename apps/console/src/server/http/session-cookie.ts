import "server-only";

/** `__Host-`: set by this host only, over TLS (or on localhost), for the whole site, never by a sibling domain. */
export const SESSION_COOKIE = "__Host-sallyport";
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";
const TOKEN = /^[A-Za-z0-9_.~-]{16,256}$/;

/** The `Set-Cookie` value that hands a browser its session. */
export const sessionCookie = (token: string): string => `${SESSION_COOKIE}=${token}; ${ATTRIBUTES}`;

/** The `Set-Cookie` value that takes it back. */
export const clearedSessionCookie = (): string => `${SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;

/** The session token of a request; null without one, and for two cookies of the name, which nobody honest sends. */
export function sessionTokenOf(headers: Headers): string | null {
  const values = (headers.get("cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1));
  const [token] = values;
  return values.length === 1 && token !== undefined && TOKEN.test(token) ? token : null;
}
