import { isIP } from "node:net";
import { type Refused, refused } from "./outcome.js";

export interface GuardedUrl {
  readonly ok: true;
  readonly origin: string;
  readonly secure: boolean;
  /** Lower case, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
  /** The host is an IP address: nothing will be looked up. */
  readonly literal: boolean;
}

/** Scheme, authority, target. ASCII only, no blanks, controls, backslashes, fragments; no user before the host. */
const SHAPE = /^(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?([/?][\x21-\x22\x24-\x5B\x5D-\x7E]*)?$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_LENGTH = 2_048;

/** Names the first thing that is odd, for the person who typed it. */
function oddity(text: string): string {
  if (text.length > MAX_LENGTH) return `longer than ${MAX_LENGTH} characters`;
  if (/[^\x21-\x7E]/.test(text)) return "write it in ASCII without blanks; international names as A-labels (xn--…)";
  if (text.includes("\\")) return "backslashes are not allowed";
  if (text.includes("#")) return "leave the fragment ('#…') out";
  if (/^https?:\/\/[^/?]*@/i.test(text)) return "leave user and password out";
  return "write an absolute https:// URL with a plain host name";
}

/**
 * Reads a URL that a tenant gave. Odd spellings are refused, not repaired: what the reviewer reads is what is called.
 * Says nothing yet about where the host leads; that is judged on its addresses.
 */
export function guardUrl(text: string): GuardedUrl | Refused {
  const match = text.length > MAX_LENGTH ? null : SHAPE.exec(text);
  if (match === null) {
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
    if (scheme !== undefined && scheme !== "https" && scheme !== "http") return refused("scheme_refused", `${scheme}: is not allowed; use https`);
    return refused("invalid_url", oddity(text));
  }
  const [, scheme, rawHost = "", port] = match;
  if (!URL.canParse(text)) return refused("invalid_url", "the host or port is not valid");
  const url = new URL(text);
  const written = rawHost.toLowerCase();
  if (url.hostname !== written) return refused("invalid_url", `write the host in its plain form: ${url.hostname}`);
  const host = written.startsWith("[") ? written.slice(1, -1) : written;
  const literal = isIP(host) !== 0;
  if (!literal && (host.length > 253 || !host.split(".").every((label) => LABEL.test(label)))) {
    return refused("invalid_url", host.endsWith(".") ? "leave the dot at the end of the host out" : "the host is not a DNS name");
  }
  const secure = scheme === "https";
  return {
    ok: true,
    origin: url.origin,
    secure,
    host,
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
    target: `${url.pathname}${url.search}`,
    literal,
  };
}
