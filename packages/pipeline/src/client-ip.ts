import { type AddressRange, formatIp, type IpAddress, inRanges, parseIp } from "./ip-address.js";

/** More hops than this are not followed. */
const MAX_HOPS = 64;

/**
 * The client's address: the socket's peer, or what the proxies in front say, as far as they are trusted.
 * Each list is read from the right; the first address that is no trusted proxy is the client.
 * A proxy that writes one of the two fields passes the other one on as the client sent it: where both are there
 * and disagree, neither is believed and the peer stands.
 */
export function clientIp(remoteAddress: string, ranges: readonly AddressRange[], xForwardedFor: string | null, forwarded: string | null): string {
  if (ranges.length === 0 || (xForwardedFor === null && forwarded === null)) return peerAddress(remoteAddress);
  const peer = parseIp(remoteAddress);
  if (peer === null) return remoteAddress;
  if (!inRanges(peer, ranges)) return formatIp(peer);
  const said: string[] = [];
  if (xForwardedFor !== null) said.push(walk(peer, ranges, xForwardedFor.split(",").map(addressOfXForwardedFor)));
  if (forwarded !== null) said.push(walk(peer, ranges, splitForwarded(forwarded).map(addressOfForwarded)));
  const [first] = said;
  return first !== undefined && said.every((address) => address === first) ? first : formatIp(peer);
}

/** Whether a peer is one of the proxies that are believed. */
export function isTrustedPeer({ trustedProxies }: { readonly trustedProxies: readonly AddressRange[] }, remoteAddress: string): boolean {
  const peer = parseIp(remoteAddress);
  return peer !== null && inRanges(peer, trustedProxies);
}

/** The socket's peer as Node gives it; of a dual-stack socket IPv4 comes as `::ffff:a.b.c.d`. */
export function peerAddress(remoteAddress: string): string {
  return remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".") ? remoteAddress.slice(7) : remoteAddress;
}

function walk(peer: IpAddress, ranges: readonly AddressRange[], hops: readonly (IpAddress | null)[]): string {
  let client = peer;
  for (let index = hops.length - 1; index >= 0 && hops.length - index <= MAX_HOPS; index--) {
    if (!inRanges(client, ranges)) break;
    const next = hops[index] ?? null;
    // `unknown`, an obfuscated name or rubbish: nothing left of it can be believed.
    if (next === null) break;
    client = next;
  }
  return formatIp(client);
}

function addressOfXForwardedFor(element: string): IpAddress | null {
  return parseHostAndPort(element.trim());
}

/** RFC 7239 §6: `for=192.0.2.43`, `for="[2001:db8::1]:4711"`. */
function addressOfForwarded(element: string): IpAddress | null {
  for (const pair of splitOutsideQuotes(element, ";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim().toLowerCase() !== "for") continue;
    const value = pair.slice(equals + 1).trim();
    const bare = value.startsWith('"') && value.endsWith('"') && value.length >= 2 ? value.slice(1, -1) : value;
    return parseHostAndPort(bare);
  }
  return null;
}

function parseHostAndPort(text: string): IpAddress | null {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    return end > 0 && /^(?::\d{1,5})?$/.test(text.slice(end + 1)) ? parseIp(text.slice(1, end)) : null;
  }
  const colon = text.indexOf(":");
  const isIpv4WithPort = colon > 0 && text.indexOf(":", colon + 1) < 0;
  return parseIp(isIpv4WithPort ? text.slice(0, colon) : text);
}

const splitForwarded = (value: string): string[] => splitOutsideQuotes(value, ",");

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === '"') quoted = !quoted;
    else if (quoted && char === "\\") index++;
    else if (!quoted && char === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
