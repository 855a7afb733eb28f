/**
 * The prefix binds a cookie to one origin (RFC 6265bis §4.1.3.2): only https may set it, for the whole host and nothing else, so that no
 * other host of the same domain can plant one.
 */
const OWN = "__Host-sallyport";

/** The cookie that holds the id of a tenant's session. */
export const sessionCookieOf = (slug: string): string => `${OWN}-${slug}`;

/** The cookie that binds logins which have begun to their browser. No slug has a `.`. */
export const LOGIN_COOKIE = `${OWN}.login`;

/** Cookies that are between browser and gateway: no upstream has any use for one. */
export const isOwnCookie = (name: string): boolean => name.startsWith(OWN);
export const mayHoldOwnCookie = (field: string): boolean => field.includes(OWN);
