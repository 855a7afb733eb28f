import type { CompiledSnapshot, CompiledTenant, RequestFacts } from "@sallyport/pipeline";
import type { PolicyTestSpec } from "@sallyport/snapshot";

/** No name of anybody's (RFC 6761 §6.4). */
const NO_HOST = "gateway.invalid";
/** Set aside for documentation (RFC 5737), so that no policy means it. */
const CLIENT_ADDRESS = "203.0.113.77";

interface Address {
  readonly host: string;
  /** In front of the path. */
  readonly prefix: string;
  readonly headers: readonly string[];
}

/** How a request names its tenant: by the first source of the fleet's that can. */
function addressOf({ edge, settings }: CompiledSnapshot, { slug, domains }: Pick<CompiledTenant, "slug" | "domains">): Address {
  for (const source of edge.resolution) {
    switch (source) {
      case "custom_domain": {
        const [host] = domains;
        if (host !== undefined) return { host, prefix: "", headers: [] };
        break;
      }
      case "subdomain": {
        const [base] = settings.baseDomains;
        if (base !== undefined) return { host: `${slug}.${base}`, prefix: "", headers: [] };
        break;
      }
      case "path":
        return { host: NO_HOST, prefix: `${settings.tenantPathPrefix}/${slug}`, headers: [] };
      case "header":
        return { host: NO_HOST, prefix: "", headers: [settings.tenantHeader, slug] };
      case "token_claim":
        break;
      default:
        return source satisfies never;
    }
  }
  return { host: NO_HOST, prefix: "", headers: [] };
}

/** The request as it would stand on the wire. @param credential fields that it shows of its caller */
export function factsOf(
  compiled: CompiledSnapshot,
  { request }: Pick<PolicyTestSpec, "request">,
  tenant: Pick<CompiledTenant, "slug" | "domains">,
  credential: readonly string[],
): RequestFacts {
  const { host, prefix, headers } = request.host === undefined ? addressOf(compiled, tenant) : { host: request.host, prefix: "", headers: [] };
  return {
    method: request.method,
    target: `${prefix}${request.path}`,
    rawHeaders: ["Host", host, ...headers, ...credential, ...request.headers.flatMap(({ name, value }) => [name, value])],
    remoteAddress: CLIENT_ADDRESS,
    secure: true,
    requestId: "policy-test",
    connection: null,
  };
}
