/** What is done with a header field of the client; decided by its name alone. */
export type HeaderClass =
  /** Goes on to the upstream. */
  | "pass"
  /** Hop-by-hop, or one that the gateway writes itself: never goes on. */
  | "drop"
  /** Reserved for identity: never goes on, and is reported. */
  | "reserved"
  /** Not a field name (RFC 9110 §5.1). */
  | "invalid"
  | "host"
  | "authorization"
  /** A proof of possession (RFC 9449 §4.1). */
  | "dpop"
  | "connection"
  | "content-length"
  | "transfer-encoding"
  | "upgrade"
  | "forwarded"
  | "x-forwarded-for"
  /** The header that names the tenant, where that is switched on. */
  | "tenant"
  /** The header that may carry an API key. */
  | "api-key"
  /** The header in which trusted proxies hand a client's certificate on, where the fleet names one; and what leads to its authority. */
  | "client-certificate"
  | "client-certificate-chain";

const BY_NAME: Readonly<Record<string, HeaderClass>> = {
  host: "host",
  authorization: "authorization",
  dpop: "dpop",
  connection: "connection",
  "content-length": "content-length",
  "transfer-encoding": "transfer-encoding",
  upgrade: "upgrade",
  forwarded: "forwarded",
  "x-forwarded-for": "x-forwarded-for",
  expect: "drop",
  "http2-settings": "drop",
  "keep-alive": "drop",
  "proxy-authenticate": "drop",
  "proxy-authorization": "drop",
  "proxy-authentication-info": "drop",
  "proxy-connection": "drop",
  te: "drop",
  trailer: "drop",
  "x-correlation-id": "drop",
  "x-request-id": "drop",
};

/** SECURITY §1.7. A name that ends in `-` reserves everything that begins with it, and the name without the `-`. */
const RESERVED = [
  "remote-user",
  "x-authenticated-",
  "x-auth-request-",
  "x-consumer-",
  "x-forwarded-access-token",
  "x-forwarded-email",
  "x-forwarded-groups",
  "x-forwarded-preferred-username",
  "x-forwarded-user",
  "x-gateway-",
  "x-groups",
  "x-internal-",
  "x-jwt-",
  "x-org-",
  "x-roles",
  "x-session-id",
  "x-tenant-",
  "x-token-",
  "x-user-",
];
const RESERVED_NAMES = new Set(RESERVED.map((name) => (name.endsWith("-") ? name.slice(0, -1) : name)));
const RESERVED_PREFIXES = RESERVED.filter((name) => name.endsWith("-"));

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const UPSTREAM_NAME = /^[a-z0-9-]+$/;

/** One form for every spelling that an upstream could fold together: lower case, and `-` for all but letters and digits. */
export const foldHeaderName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "-");

export const isReservedHeader = (folded: string): boolean =>
  RESERVED_NAMES.has(folded) || RESERVED_PREFIXES.some((prefix) => folded.startsWith(prefix));

/** RFC 9440: whoever ends TLS says it, and nobody else. What comes in under these names goes no further, whatever the fleet's settings are. */
const CERTIFICATE_NAMES = new Set(["client-cert", "client-cert-chain"]);

export const belongsToHttp = (name: string): boolean =>
  Object.hasOwn(BY_NAME, name.toLowerCase()) || /^(?:content-|x-forwarded-(?:host|port|proto)$|cookie$|set-cookie$)/i.test(name);

/** May a policy set this name? Not what belongs to HTTP or to the gateway itself. */
export const isSettableHeader = (name: string): boolean => !belongsToHttp(name) && !CERTIFICATE_NAMES.has(name.toLowerCase());

const MAX_REMEMBERED = 2_048;

/** Classifies field names, remembering the spellings that were seen: one look-up for each on the hot path. */
export class HeaderClassifier {
  readonly #reserved: ReadonlySet<string>;
  readonly #tenantHeader: string | null;
  readonly #apiKeyHeader: string;
  readonly #certificateHeader: string | null;
  readonly #seen = new Map<string, HeaderClass>();

  /** @param names `tenantHeader` names the tenant, or is null while that source is switched off; so with `certificateHeader` */
  constructor(
    reserved: readonly string[],
    names: { readonly tenantHeader: string | null; readonly apiKeyHeader: string; readonly certificateHeader: string | null },
  ) {
    this.#reserved = new Set(reserved.map(foldHeaderName));
    this.#tenantHeader = names.tenantHeader?.toLowerCase() ?? null;
    this.#apiKeyHeader = names.apiKeyHeader.toLowerCase();
    this.#certificateHeader = names.certificateHeader === null ? null : foldHeaderName(names.certificateHeader);
  }

  classify(name: string): HeaderClass {
    const seen = this.#seen.get(name);
    if (seen !== undefined) return seen;
    const found = this.#find(name);
    // Bounded by forgetting all: the spellings of ordinary clients are few and come back at once.
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    if (name.length <= 64) this.#seen.set(name, found);
    return found;
  }

  #find(name: string): HeaderClass {
    if (!TOKEN.test(name)) return "invalid";
    const lower = name.toLowerCase();
    if (lower === this.#tenantHeader) return "tenant";
    const folded = foldHeaderName(name);
    if (this.#certificateHeader !== null) {
      // Another spelling of the name is nobody's: an upstream could fold it to the same.
      if (folded === this.#certificateHeader) return lower === folded ? "client-certificate" : "drop";
      if (folded === `${this.#certificateHeader}-chain`) return lower === folded ? "client-certificate-chain" : "drop";
    }
    if (CERTIFICATE_NAMES.has(folded)) return "drop";
    if (isReservedHeader(folded) || this.#reserved.has(folded)) return "reserved";
    if (lower === this.#apiKeyHeader) return "api-key";
    if (Object.hasOwn(BY_NAME, lower)) return BY_NAME[lower] ?? "drop";
    // What the gateway writes itself, in any spelling, and names that upstreams fold differently.
    if (folded.startsWith("x-forwarded-") || !UPSTREAM_NAME.test(lower)) return "drop";
    return "pass";
  }
}
