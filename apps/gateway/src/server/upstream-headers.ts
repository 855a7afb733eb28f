import type { Allow } from "@sallyport/pipeline";
import type { FleetSpec } from "@sallyport/snapshot";
import type { RequestContext } from "./request-context.js";

/** RFC 7239 §6: an IPv6 address is bracketed, and then quoted. */
const forwardedNode = (address: string): string => (address.includes(":") ? `"[${address}]"` : address);
/** RFC 7239 §4: a token, else a quoted string. A host that was admitted has neither quotes nor backslashes. */
const forwardedHost = (host: string): string => (/^[A-Za-z0-9._-]+$/.test(host) ? host : `"${host}"`);

/** A peer's address as the pipeline writes it: IPv4 on an IPv6 socket is IPv4, and a zone is nobody else's business. */
const plainAddress = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address.replace(/%.*$/, "");

/** Where the request came from, as far as the gateway can vouch for it. */
export interface ForwardedFrom {
  /** The socket's peer. */
  readonly remoteAddress: string;
  readonly secure: boolean;
}

/** The pipeline's header fields for the upstream, and after them those that only the gateway can write. Names and values in turn. */
export function upstreamHeaders(decision: Allow, context: RequestContext, from: ForwardedFrom, fleet: Pick<FleetSpec, "trustedProxies">): string[] {
  const { clientIp } = decision;
  const headers = context.traceparentIsNew ? withoutTraceparent(decision.upstreamHeaders) : decision.upstreamHeaders;
  // A client address that is not the peer's came from a trusted proxy, and so did the scheme that it saw.
  const peer = plainAddress(from.remoteAddress);
  const viaProxy = fleet.trustedProxies.length > 0 && clientIp !== peer;
  const told = viaProxy ? context.forwardedProto?.toLowerCase() : undefined;
  const proto = told === "http" || told === "https" ? told : from.secure ? "https" : "http";
  let forwarded = `for=${forwardedNode(clientIp)};proto=${proto}`;
  if (context.host !== null) forwarded += `;host=${forwardedHost(context.host)}`;
  if (viaProxy) forwarded += `, for=${forwardedNode(peer)}`;
  headers.push(
    "X-Request-Id",
    context.requestId,
    "X-Correlation-Id",
    context.correlationId,
    "Forwarded",
    forwarded,
    "X-Forwarded-For",
    viaProxy ? `${clientIp}, ${peer}` : clientIp,
    "X-Forwarded-Proto",
    proto,
  );
  if (context.host !== null) headers.push("X-Forwarded-Host", context.host);
  if (context.traceparentIsNew) headers.push("traceparent", context.traceparent);
  return headers;
}

const TRACE_FIELD = /^trace(?:parent|state)$/i;
const isTraceField = (name: string): boolean => (name.length === 11 || name.length === 10) && TRACE_FIELD.test(name);

/** What is not well-formed goes, and with it the `tracestate` that belongs to it (Trace Context §3.3). Most requests have neither. */
function withoutTraceparent(headers: string[]): string[] {
  if (!headers.some((text, index) => index % 2 === 0 && isTraceField(text))) return headers;
  return headers.filter((_, index) => !isTraceField(headers[index - (index % 2)] ?? ""));
}
