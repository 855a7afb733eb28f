import { clientIp, isTrustedPeer, peerAddress } from "../client-ip.js";
import type { CompiledEdge } from "../compiled.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { type Authority, canonicalAuthority } from "./host.js";
import { type AdmittedTarget, admitTarget } from "./target.js";

/** A request whose form leaves no room for two readings. */
export interface AdmittedRequest {
  readonly path: string;
  readonly query: string;
  /** Canonical: lower case, without port and trailing dot. */
  readonly host: string;
  /** Digits, as the client named it; empty when it named none. */
  readonly port: string;
  /** The one `Authorization` field, or null. */
  readonly authorization: string | null;
  /** `DPoP` fields as they came. Whoever verifies a proof takes exactly one. */
  readonly dpop: readonly string[];
  /** The one header field that may carry an API key, as it came; or null. */
  readonly apiKey: { readonly name: string; readonly value: string } | null;
  /**
   * A client's certificate as a trusted proxy hands it on; null when it hands on none. `none`: the peer is nobody who could, and the
   * connection's own certificate counts.
   */
  readonly certificateHeader: CertificateHeader | null | "none";
  /** The header that names the tenant, where that is switched on. */
  readonly tenantHeader: string | null;
  /** `Upgrade`, when `Connection` asks for it. */
  readonly upgrade: string | null;
  /** Names and values in turn of what may go on to the upstream. Fresh for each request: later stages add to it. */
  readonly headers: string[];
}

interface CertificateHeader {
  readonly format: NonNullable<CompiledEdge["certificateHeaderFormat"]>;
  readonly certificate: string;
  readonly chain: string | null;
}

const NO_PROOF: readonly string[] = Object.freeze([]);

const bad = (detail: string): Refusal => new Refusal("bad_request", detail);
/** RFC 9110 §5.5: field values are visible ASCII, blanks, tabs and obs-text. */
const NOT_A_FIELD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const METHOD = /^[A-Z]{1,20}(?:-[A-Z]{1,20})?$/;

/**
 * SECURITY §1.7–§1.9 on the raw request: one pass over the header fields, in which everything that a later stage needs is
 * picked up and what must not reach the upstream is left out.
 */
export function admit(passage: Passage): AdmittedRequest | Refusal {
  const { facts, compiled } = passage;
  const { edge } = compiled;
  passage.clientIp = peerAddress(facts.remoteAddress);
  if (!METHOD.test(facts.method)) return bad("the method is not one that is proxied");
  if (facts.method === "CONNECT" || facts.method === "TRACE") return bad("CONNECT and TRACE are not proxied");
  const target = admitTarget(facts.target, edge.maxTargetBytes, passage.ports.decodeUtf8);
  if (target instanceof Refusal) return target;

  const raw = facts.rawHeaders;
  if (raw.length % 2 !== 0) return bad("the header fields are not pairs");
  if (raw.length > edge.maxHeaderCount * 2) return new Refusal("header_fields_too_large", "more header fields than the fleet allows");
  const headers: string[] = [];
  let host: string | null = null;
  let authorization: string | null = null;
  let dpop = NO_PROOF;
  let connection: string | null = null;
  let upgrade: string | null = null;
  let contentLength: string | null = null;
  let transferEncoding: string | null = null;
  let forwarded: string | null = null;
  let xForwardedFor: string | null = null;
  let apiKey: AdmittedRequest["apiKey"] = null;
  let tenantHeader: string | null = null;
  let reserved: string | null = null;
  const format = handsCertificatesOn(passage) ? edge.certificateHeaderFormat : null;
  let certificate: string | null = null;
  let certificateChain: string | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const kind = edge.headers.classify(name);
    // The token parser looks at every byte of the credential itself.
    if (kind !== "authorization" && NOT_A_FIELD_VALUE.test(value)) return bad("a header field has a control byte");
    switch (kind) {
      case "pass":
        headers.push(name, value);
        break;
      case "drop":
        break;
      case "reserved":
        reserved ??= name;
        break;
      case "invalid":
        return bad("a header field's name is not a token");
      case "host":
        if (host !== null) return bad("more than one Host field");
        host = value;
        break;
      case "authorization":
        if (authorization !== null) return new Refusal("ambiguous_credential", "more than one Authorization field");
        authorization = value;
        break;
      case "dpop":
        dpop = [...dpop, value];
        break;
      case "connection":
        connection = connection === null ? value : `${connection},${value}`;
        break;
      case "upgrade":
        upgrade = upgrade === null ? value : `${upgrade},${value}`;
        break;
      case "content-length":
        if (contentLength !== null) return bad("more than one Content-Length field");
        if (!/^\d{1,15}$/.test(value)) return bad("Content-Length is not a number");
        contentLength = value;
        headers.push(name, value);
        break;
      case "transfer-encoding":
        if (transferEncoding !== null) return bad("more than one Transfer-Encoding field");
        if (value.toLowerCase() !== "chunked") return bad("a Transfer-Encoding other than chunked");
        transferEncoding = value;
        break;
      case "forwarded":
        forwarded = forwarded === null ? value : `${forwarded},${value}`;
        break;
      case "x-forwarded-for":
        xForwardedFor = xForwardedFor === null ? value : `${xForwardedFor},${value}`;
        break;
      case "api-key":
        if (apiKey !== null) return new Refusal("ambiguous_credential", "more than one field with an API key");
        apiKey = { name, value };
        break;
      case "client-certificate":
        // Of whoever else writes it, it is a name that somebody claims.
        if (format === null) reserved ??= name;
        else if (certificate !== null) return new Refusal("ambiguous_credential", "more than one header with a client's certificate");
        else if (value !== "") certificate = value;
        break;
      case "client-certificate-chain":
        if (format === null) reserved ??= name;
        else if (certificateChain !== null) return new Refusal("ambiguous_credential", "more than one header with a certificate's chain");
        else if (value !== "") certificateChain = value;
        break;
      case "tenant":
        if (tenantHeader !== null) return bad("more than one header that names the tenant");
        tenantHeader = value;
        break;
      default:
        return kind satisfies never;
    }
  }
  passage.clientIp = clientIp(facts.remoteAddress, edge.trustedProxies, xForwardedFor, forwarded);
  if (reserved !== null) passage.report("spoofed_identity_header", `the client sent the identity header ${reserved.slice(0, 64)}; it was removed`);
  if (contentLength !== null && transferEncoding !== null) return bad("both Content-Length and Transfer-Encoding");
  const authority = host === null ? null : canonicalAuthority(host);
  if (authority === null) return bad(host === null ? "no Host field" : "the Host field is no plain host");
  if (!agrees(target, authority)) return bad("the request target and the Host field name different hosts");
  return {
    path: target.path,
    query: target.query,
    host: authority.host,
    port: authority.port,
    authorization,
    dpop,
    apiKey,
    certificateHeader: format === null ? "none" : certificate === null ? null : { format, certificate, chain: certificateChain },
    tenantHeader: tenantHeader === "" ? null : tenantHeader,
    upgrade: upgrade !== null && connection !== null && connectionNames(connection).includes("upgrade") ? upgrade : null,
    headers: connection === null ? headers : withoutNamed(headers, connection),
  };
}

/** The fleet names a header for client certificates, and the peer is a proxy that is trusted with it. */
function handsCertificatesOn({ facts, compiled: { edge } }: Passage): boolean {
  return edge.certificateHeaderFormat !== null && facts.described !== true && isTrustedPeer(edge, facts.remoteAddress);
}

/** RFC 9112 §3.2.2: the absolute form wins over Host; here both must say the same. */
function agrees({ authority }: AdmittedTarget, host: Authority): boolean {
  if (authority === null) return true;
  return authority.host === host.host && (authority.port || authority.defaultPort) === (host.port || authority.defaultPort);
}

const connectionNames = (connection: string): string[] => connection.split(",").map((name) => name.trim().toLowerCase());

/** RFC 9110 §7.6.1: what `Connection` names goes no further. Content-Length frames the body and is not the client's to take away. */
function withoutNamed(headers: string[], connection: string): string[] {
  if (connection === "keep-alive" || connection === "close") return headers;
  const named = new Set(connectionNames(connection));
  named.delete("content-length");
  return headers.filter((_, index) => !named.has((headers[index - (index % 2)] ?? "").toLowerCase()));
}
