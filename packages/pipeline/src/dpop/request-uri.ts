import type { AdmittedRequest } from "../admit/admit.js";
import { isTrustedPeer } from "../client-ip.js";
import type { Passage } from "../passage.js";
import { writeHttpUri } from "./http-uri.js";

/**
 * The URI that the client asked for, as far as the gateway can vouch for it, in the form of `normaliseHttpUri`. Host and path are those that
 * tenant and route were found by; the scheme is the connection's own, or what a trusted proxy says that it saw. Read for proofs alone: other
 * requests have no use for it.
 */
export function requestUri(passage: Passage, request: AdmittedRequest): string {
  return writeHttpUri(schemeOf(passage), request, request.path);
}

function schemeOf({ facts, compiled }: Passage): "http" | "https" {
  const own = facts.secure ? "https" : "http";
  if (!isTrustedPeer(compiled.edge, facts.remoteAddress)) return own;
  const told = new Set<string>();
  for (let index = 0; index < facts.rawHeaders.length; index += 2) {
    if (facts.rawHeaders[index]?.toLowerCase() !== "x-forwarded-proto") continue;
    for (const scheme of (facts.rawHeaders[index + 1] ?? "").split(",")) told.add(scheme.trim().toLowerCase());
  }
  const [scheme] = told;
  // Proxies that disagree have said nothing.
  return told.size === 1 && (scheme === "http" || scheme === "https") ? scheme : own;
}
