/** An address as eight 16-bit groups; IPv4 as `::ffff:a.b.c.d`. */
export type IpAddress = readonly number[];

/** A range of addresses; `bits` counts from the left of the 128. */
export interface AddressRange {
  readonly network: IpAddress;
  readonly bits: number;
}

function parseIpv4(text: string): readonly [number, number] | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes: number[] = [];
  for (const part of parts) {
    // Octal and hexadecimal spellings mean different addresses to different readers: decimal only.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part)) return null;
    const byte = Number(part);
    if (byte > 255) return null;
    bytes.push(byte);
  }
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [(a << 8) | b, (c << 8) | d];
}

function parseGroups(text: string): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const tail = index === parts.length - 1 ? parseIpv4(part) : null;
      if (tail === null) return null;
      groups.push(...tail);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** Reads an IPv4 or IPv6 address (RFC 4291 §2.2; a zone id is left off); null for anything else. */
export function parseIp(text: string): IpAddress | null {
  if (!text.includes(":")) {
    const v4 = parseIpv4(text);
    return v4 === null ? null : [0, 0, 0, 0, 0, 0xffff, ...v4];
  }
  const zone = text.indexOf("%");
  const address = zone < 0 ? text : text.slice(0, zone);
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "");
  const tail = parseGroups(halves[1] ?? "");
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : null;
  if (missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

const isIpv4 = (address: IpAddress): boolean => address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);

/** One spelling per address: IPv4 dotted, IPv6 as RFC 5952 §4 writes it (and Node for a socket's peer). */
export function formatIp(address: IpAddress): string {
  if (isIpv4(address)) {
    const [high = 0, low = 0] = address.slice(6);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const [start, length] = longestZeroRun(address);
  const hex = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(":");
  return length < 2 ? hex(address) : `${hex(address.slice(0, start))}::${hex(address.slice(start + length))}`;
}

function longestZeroRun(address: IpAddress): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && address[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}

/** What limits count by: an IPv4 address, or the /64 of an IPv6 address, because one subscriber has all of it. */
export function addressBucket(clientIp: string): string {
  if (!clientIp.includes(":")) return clientIp;
  const address = parseIp(clientIp);
  return address === null || isIpv4(address) ? clientIp : `${formatIp([...address.slice(0, 4), 0, 0, 0, 0])}/64`;
}

/** Reads `10.0.0.0/8`; null when it is not a range. */
export function parseRange(text: string): AddressRange | null {
  const slash = text.lastIndexOf("/");
  const network = parseIp(text.slice(0, slash));
  if (slash < 0 || network === null) return null;
  const bits = Number(text.slice(slash + 1)) + (text.includes(":") ? 0 : 96);
  return Number.isInteger(bits) && bits >= 0 && bits <= 128 ? { network, bits } : null;
}

function inRange(address: IpAddress, range: AddressRange): boolean {
  let left = range.bits;
  for (let group = 0; left > 0; group++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if (((address[group] ?? 0) & mask) !== ((range.network[group] ?? 0) & mask)) return false;
  }
  return true;
}

export const inRanges = (address: IpAddress, ranges: readonly AddressRange[]): boolean => ranges.some((range) => inRange(address, range));
