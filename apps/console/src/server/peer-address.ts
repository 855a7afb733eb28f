import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";

// Route handlers see no socket, and the framework trusts any X-Forwarded-For that a client sends. So the socket's
// address is noted when the request starts, under a header name that nobody outside this process can know.
const HEADER_NAME = Symbol.for("sallyport.peer-header");
const registry = globalThis as typeof globalThis & { [HEADER_NAME]?: string };

/** The private request header that carries the socket's address; the same for all bundles of this process. */
export function peerHeader(): string {
  registry[HEADER_NAME] ??= `x-peer-${randomBytes(16).toString("hex")}`;
  return registry[HEADER_NAME];
}

/** Notes the peer of every request that this process's HTTP servers receive. Call once, at start. */
export function recordPeerAddresses(): void {
  const header = peerHeader();
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[header] = request.socket.remoteAddress ?? "";
  });
}

const plain = (address: string): string => (address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address);

/** The ranges of trusted reverse proxies, `10.0.0.0/8`, as a list that addresses are checked against. */
export function trustedProxyList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix = ""] = range.split("/");
    list.addSubnet(network, Number(prefix), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return list;
}

const isTrusted = (address: string, trusted: BlockList): boolean => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");

/**
 * The client's address: the socket's, or, only as far as trusted proxies say so, the right-most untrusted entry of
 * `X-Forwarded-For`. Null when it is not known.
 */
export function clientAddress(headers: Pick<Headers, "get">, trusted: BlockList): string | null {
  const peer = plain(headers.get(peerHeader()) ?? "");
  if (isIP(peer) === 0) return null;
  if (!isTrusted(peer, trusted)) return peer;
  const forwarded = (headers.get("x-forwarded-for") ?? "").split(",").map((entry) => plain(entry.trim()));
  let client = peer;
  for (const entry of forwarded.reverse()) {
    if (isIP(entry) === 0) break;
    client = entry;
    if (!isTrusted(entry, trusted)) break;
  }
  return client;
}
