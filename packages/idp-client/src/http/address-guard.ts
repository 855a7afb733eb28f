import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Ranges of the operator's allow-list, ready to compare. */
export type AddressRanges = readonly (readonly [Address, number])[];

/** A text that is not a CIDR allows nothing; the settings' schema names it when they are saved. */
export function parseRanges(cidrs: readonly string[]): AddressRanges {
  return cidrs.filter((cidr) => ipaddr.isValidCIDR(cidr)).map((cidr) => ipaddr.parseCIDR(cidr));
}

/** The only block that IANA gives out for global unicast (RFC 4291 §2.4); ipaddr.js calls `::7f00:1` unicast as well. */
const GLOBAL_UNICAST_V6: readonly [Address, number] = ipaddr.parseCIDR("2000::/3");

/** Public by registry, and yet a cloud's host service (Azure's WireServer). */
const HOST_SERVICES = new Set(["168.63.129.16"]);

const isIn = (address: Address, [base, bits]: readonly [Address, number]): boolean => {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
};

type AddressVerdict =
  | { readonly allowed: true /** Inside a range of the operator's allow-list: plain http may go there. */; readonly listed: boolean }
  | { readonly allowed: false; readonly why: string };

/**
 * May an IdP live at this address? Public unicast only, unless the operator's ranges hold it. An IPv6 form that carries an
 * IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is never unfolded: it is refused unless its own range is listed.
 * @param text an address as the resolver or a URL gives it
 */
function judgeAddress(text: string, ranges: AddressRanges): AddressVerdict {
  if (text.includes("%") || !ipaddr.isValid(text)) return { allowed: false, why: `${text} is not a plain IP address` };
  const address = ipaddr.parse(text);
  if (ranges.some((range) => isIn(address, range))) return { allowed: true, listed: true };
  const kind = address.range();
  if (kind !== "unicast") return { allowed: false, why: `${address.toString()} is not a public address (${kind})` };
  if (address instanceof ipaddr.IPv6 && !isIn(address, GLOBAL_UNICAST_V6)) {
    return { allowed: false, why: `${address.toString()} is not a public address (outside 2000::/3)` };
  }
  if (HOST_SERVICES.has(address.toString())) return { allowed: false, why: `${address.toString()} is a cloud's host service` };
  return { allowed: true, listed: false };
}

/**
 * Judges all addresses of a name together: one bad address refuses the name, because which of them is used is the
 * resolver's and the network's choice.
 * @param secure TLS is spoken; plain http needs every address to be in a listed range
 * @returns null when all may be used, else why not
 */
export function refuseAddresses(addresses: readonly string[], secure: boolean, ranges: AddressRanges): string | null {
  if (addresses.length === 0) return "the name has no address";
  for (const address of addresses) {
    const verdict = judgeAddress(address, ranges);
    if (!verdict.allowed) return `${verdict.why}; the operator can allow its range`;
    if (!secure && !verdict.listed) return `plain http is allowed only inside the operator's ranges, and ${address} is in none; use https`;
  }
  return null;
}
