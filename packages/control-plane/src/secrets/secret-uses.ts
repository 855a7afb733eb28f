import { type IdentityProviderSpec, type LoginSettings, TENANT_KINDS, type TenantSection } from "@sallyport/snapshot";
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
    case "Fleet":
    case "NodeGroup":
    case "Tenant":
    case "Secret":
    case "Upstream":
    case "Route":
    case "RateLimitPolicy":
    case "PropagationPolicy":
    case "DegradationPolicy":
      return [];
    case "IdentityProvider":
      return usesOfProvider(object.spec);
    default:
      return object satisfies never;
  }
}

/** Its clients prove themselves at an endpoint that is named, or that the discovery document of the issuer names. */
function usesOfProvider({ issuer, keys, introspection, login }: IdentityProviderSpec): SecretUse[] {
  const discovered = keys.kind === "discovery" && keys.url !== undefined ? [issuer, keys.url] : [issuer];
  const uses: SecretUse[] = [];
  const add = (path: string, client: LoginSettings["client"], destinations: readonly string[]): void => {
    if (client.method === "none") return;
    const [member, secret] = client.method === "private_key_jwt" ? ["key", client.key] : ["secret", client.secret];
    uses.push({ secret, path: `${path}.${member}`, destinations });
  };
  if (introspection !== null) {
    add("spec.introspection.client", introspection.client, introspection.endpoint === undefined ? discovered : [introspection.endpoint]);
  }
  if (login !== null) add("spec.login.client", login.client, discovered);
  return uses;
}

/** Every use in a tenant's section, in the order of its kinds and names. */
export function usesIn(section: TenantSection): SectionUse[] {
  const uses: SectionUse[] = [];
  for (const kind of TENANT_KINDS) {
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
