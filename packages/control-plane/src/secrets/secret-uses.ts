import {
  type ClientAuthentication,
  type IdentityProviderSpec,
  SECTION_KINDS,
  type TenantSection,
  targetsOf,
  type UpstreamSpec,
} from "@sallyport/snapshot";
import type { Declared } from "../objects/declared.js";
import { SECTION_MEMBER } from "../objects/section-member.js";

/** A place in a spec that names a secret, and where the secret's value is then sent. */
export interface SecretUse {
  /** Name of the secret, in the same tenant. */
  readonly secret: string;
  /** Field that names it, `spec.introspection.client.secret`. */
  readonly path: string;
  /**
   * Addresses that get the value, byte for byte as the spec has them: an endpoint, or the issuer where its discovery document names
   * the endpoint. A value that was set for one address is not sent to another (SECURITY §2).
   */
  readonly destinations: readonly string[];
}

/** A use inside a tenant's section. */
export interface SectionUse extends SecretUse {
  /** What names it, `identityProviders/main`. */
  readonly by: string;
}

/**
 * Which secrets a spec names. The one place that knows: references, the check before publishing and the border between addresses
 * all follow from it.
 */
export function secretUsesOf(object: Declared): readonly SecretUse[] {
  switch (object.kind) {
    case "IdentityProvider":
      return usesOfProvider(object.spec);
    case "Upstream":
      return usesOfUpstream(object.spec);
    case "Fleet":
    case "NodeGroup":
    case "Tenant":
    case "Secret":
    case "Route":
    case "RateLimitPolicy":
    case "PropagationPolicy":
    case "DegradationPolicy":
    case "PolicyTest":
      return [];
    default:
      return object satisfies never;
  }
}

function usesOfProvider({ issuer, keys, introspection, login }: IdentityProviderSpec): SecretUse[] {
  // Whoever writes the discovery document says where the endpoints are.
  const discovered = keys.kind === "discovery" && keys.url !== undefined ? [issuer, keys.url] : [issuer];
  const uses: SecretUse[] = [];
  if (introspection !== null) {
    const { client, endpoint } = introspection;
    uses.push(clientSecretUse(client, "spec.introspection.client", endpoint === undefined ? discovered : [endpoint]));
  }
  if (login !== null && login.client.method !== "none") uses.push(clientSecretUse(login.client, "spec.login.client", discovered));
  return uses;
}

/**
 * A client certificate is for whom the upstream's own certificate says that it is: the name that is checked. Without one, that is the host of
 * each target, so that another address needs the value anew.
 */
function usesOfUpstream({ tls, ...spec }: UpstreamSpec): SecretUse[] {
  if (tls?.clientCertificate === undefined) return [];
  const destinations = tls.serverName === undefined ? targetsOf(spec).map(({ url }) => originOf(url)) : [`tls:${tls.serverName}`];
  return [{ secret: tls.clientCertificate, path: "spec.tls.clientCertificate", destinations }];
}

/** `https://host:port` of an address, as it was declared. */
const originOf = (url: string): string => /^https?:\/\/[^/]+/.exec(url)?.[0] ?? url;

/** @param destinations the endpoint, or issuer and discovery document that name it */
function clientSecretUse(client: ClientAuthentication, path: string, destinations: readonly string[]): SecretUse {
  // A signed assertion leaves here, the key does not; but it is made for one provider all the same.
  return client.method === "private_key_jwt"
    ? { secret: client.key, path: `${path}.key`, destinations }
    : { secret: client.secret, path: `${path}.secret`, destinations };
}

/** Every use in a tenant's section, in the order of its kinds and names. */
export function usesIn(section: TenantSection): SectionUse[] {
  const uses: SectionUse[] = [];
  for (const kind of SECTION_KINDS) {
    const member = SECTION_MEMBER[kind];
    for (const [name, spec] of Object.entries(section[member])) {
      // The section's schema pairs each member with its kind; TypeScript cannot follow the pair through a generic.
      for (const use of secretUsesOf({ kind, spec } as Declared)) uses.push({ ...use, by: `${member}/${name}` });
    }
  }
  return uses;
}

/** The addresses that a secret's value is sent to by these uses. */
export const destinationsOf = (uses: readonly SecretUse[], secret: string): string[] => [
  ...new Set(uses.flatMap((use) => (use.secret === secret ? use.destinations : []))),
];
