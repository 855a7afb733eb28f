/** Everything below is the gateway's own on each tenant's host: never a route's, never an upstream's. */
const RESERVED = "/.sallyport";

export const LOGIN_PATH = `${RESERVED}/login`;
export const CALLBACK_PATH = `${RESERVED}/callback`;
export const LOGOUT_PATH = `${RESERVED}/logout`;
export const BACKCHANNEL_LOGOUT_PATH = `${RESERVED}/backchannel-logout`;

/** Whole segments, as routes are matched; a path parameter (`/.sallyport;x`) makes no other segment of it. Dots have one spelling (SECURITY §1.8). */
export const isReservedPath = (path: string): boolean =>
  path.startsWith(RESERVED) && (path.length === RESERVED.length || path.charAt(RESERVED.length) === "/" || path.charAt(RESERVED.length) === ";");

/** For a look at raw bytes that costs next to nothing: without this text in it, a target is none of ours. */
export const mayBeReserved = (target: string): boolean => target.includes(RESERVED);
