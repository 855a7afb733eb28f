import type { AdmittedRequest } from "../admit/admit.js";
import { canonicalAuthority } from "../admit/host.js";

/** RFC 9110 §9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);

/**
 * Did a page of another origin make this request? Asked only of what changes something: unsafe methods, and upgrades, which no browser holds
 * to its same-origin policy. A browser says where from in `Origin` (RFC 6454 §7) and `Sec-Fetch-Site`; who says neither is none.
 */
export function comesFromElsewhere({ headers, host, port, upgrade }: AdmittedRequest, method: string): boolean {
  if (SAFE_METHODS.has(method) && upgrade === null && !opensWebSocket(headers)) return false;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase();
    const value = headers[index + 1] ?? "";
    if (name === "origin" && !isOrigin(value, host, port)) return true;
    if (name === "sec-fetch-site" && !OWN_SITES.has(value)) return true;
  }
  return false;
}

/** In decision mode another proxy upgrades; its question has no `Upgrade`, and the handshake's key all the same (RFC 6455 §4.1). */
function opensWebSocket(headers: readonly string[]): boolean {
  return headers.some((text, index) => index % 2 === 0 && text.length === 17 && text.toLowerCase() === "sec-websocket-key");
}

/** The scheme is not compared: the node often stands behind one that ends TLS, and does not know it. */
function isOrigin(text: string, host: string, port: string): boolean {
  const [, scheme = "", authority = ""] = /^(https?):\/\/([^/?#]+)$/.exec(text) ?? [];
  const origin = canonicalAuthority(authority);
  if (origin === null) return false;
  const usual = scheme === "https" ? "443" : "80";
  return origin.host === host && (origin.port || usual) === (port || usual);
}
