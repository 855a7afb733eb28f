import { type FleetSection, type TenantSection, targetsOf, type UpstreamSpec } from "@sallyport/snapshot";
import { gained, listed, type Warning, warningOf } from "./warning.js";

const isPlain = (spec: UpstreamSpec): boolean => targetsOf(spec).some(({ url }) => url.startsWith("http:"));

/** An upstream that is verified less than before, or told less of who the nodes are. */
export function upstreamWarnings(before: TenantSection, after: TenantSection): Warning[] {
  return Object.entries(before.upstreams).flatMap(([name, was]) => {
    const is = after.upstreams[name];
    if (is === undefined) return [];
    const found: string[] = [];
    if (!isPlain(was) && isPlain(is)) found.push("it is called without TLS");
    if (was.tls?.ca !== undefined && is.tls?.ca === undefined) found.push("every authority of the node's system is believed");
    else if (was.tls?.ca !== undefined && is.tls?.ca !== was.tls.ca) found.push("other authorities are believed");
    if (was.tls?.serverName !== is.tls?.serverName && !isPlain(is))
      found.push(`its certificate is for ${is.tls?.serverName ?? "the host that is called"}`);
    if (was.tls?.minVersion === "1.3" && is.tls?.minVersion !== "1.3") found.push("TLS 1.2 will do");
    if (was.tls?.clientCertificate !== undefined && is.tls?.clientCertificate === undefined) found.push("nodes show no certificate of their own");
    const path = `tenants/${after.slug}/upstreams/${name}`;
    return found.length === 0 ? [] : [warningOf("upstream_tls_loosened", path, `is verified otherwise: ${listed(found)}`, found)];
  });
}

/** What the fleet's settings let in that they did not. */
export function settingWarnings({ settings: was }: FleetSection, { settings: is }: FleetSection): Warning[] {
  const found: Warning[] = [];
  const proxies = gained(was.trustedProxies, is.trustedProxies);
  if (proxies.length > 0)
    found.push(warningOf("trusted_proxies_widened", "fleet", `believes ${listed(proxies)} about the addresses of clients`, proxies));
  const ranges = gained(was.idpAllowedRanges, is.idpAllowedRanges);
  if (ranges.length > 0)
    found.push(warningOf("idp_ranges_widened", "fleet", `lets addresses of identity providers point into ${listed(ranges)}`, ranges));
  const headers = gained(is.reservedHeaders, was.reservedHeaders);
  if (headers.length > 0) found.push(warningOf("reserved_headers_lost", "fleet", `lets clients send ${listed(headers)}`, headers));
  return found;
}
