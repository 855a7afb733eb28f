import "server-only";

/** Attributes of both cookies: not for scripts, over TLS (or on localhost) only, for this host alone. */
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";
const TOKEN = /^[A-Za-z0-9_.~-]{16,256}$/;

interface HostCookie {
  /** The `Set-Cookie` value that hands a browser its session. */
  set(token: string): string;
  /** The `Set-Cookie` value that takes it back. */
  cleared(): string;
  /** The session token of a request; null without one, and for two cookies of the name, which nobody honest sends. */
  tokenOf(headers: Headers): string | null;
}

/** @param name with `__Host-`: set by this host only, over TLS, for the whole site, never by a sibling domain */
function hostCookie(name: `__Host-${string}`): HostCookie {
  return {
    set: (token) => `${name}=${token}; ${ATTRIBUTES}`,
    cleared: () => `${name}=; ${ATTRIBUTES}; Max-Age=0`,
    tokenOf(headers) {
      const values = (headers.get("cookie") ?? "")
        .split(";")
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
        .map((pair) => pair.slice(name.length + 1));
      const [token] = values;
      return values.length === 1 && token !== undefined && TOKEN.test(token) ? token : null;
    },
  };
}

export const SESSION_COOKIE = "__Host-sallyport";
/** Of the portal: another name, so that neither is ever taken for the other. No slug holds `_`: nor for a tenant's at the gateway. */
export const PORTAL_COOKIE = "__Host-sallyport_portal";

export const sessionCookie = hostCookie(SESSION_COOKIE);
export const portalCookie = hostCookie(PORTAL_COOKIE);
