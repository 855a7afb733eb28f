import { z } from "zod";
import { canonicalJson, type JsonValue, type Sha256 } from "./canonical.js";
import { fleetSpec } from "./kinds/fleet.js";
import { identityProviderSpec } from "./kinds/identity-provider.js";
import { degradationPolicySpec, propagationPolicySpec } from "./kinds/policies.js";
import { rateLimitPolicySpec } from "./kinds/rate-limit.js";
import { routeSpec, tenantSpec } from "./kinds/routing.js";
import { secretSpec } from "./kinds/secret.js";
import { upstreamSpec } from "./kinds/upstream.js";
import { entityName, setOf, sha256Hex, tenantSlug } from "./names.js";
import { revocationsSection } from "./revocations.js";

/** Everything that nodes know of one tenant, keyed by names only (DESIGN §3). */
export const tenantSection = z.strictObject({
  kind: z.literal("tenant"),
  slug: tenantSlug,
  plan: tenantSpec.shape.plan,
  status: tenantSpec.shape.status,
  domains: tenantSpec.shape.domains,
  clientCertificates: tenantSpec.shape.clientCertificates,
  lockout: tenantSpec.shape.lockout,
  rateLimitFields: tenantSpec.shape.rateLimitFields,
  /** Which secrets there are. Their values are in `secretsSection`. */
  secrets: z.record(entityName, secretSpec).default({}),
  identityProviders: z.record(entityName, identityProviderSpec),
  upstreams: z.record(entityName, upstreamSpec),
  routes: z.record(entityName, routeSpec),
  rateLimitPolicies: z.record(entityName, rateLimitPolicySpec),
  propagationPolicies: z.record(entityName, propagationPolicySpec),
  degradationPolicies: z.record(entityName, degradationPolicySpec),
});
export type TenantSection = z.output<typeof tenantSection>;

/** Everything that is the same for all tenants. */
export const fleetSection = z.strictObject({
  kind: z.literal("fleet"),
  settings: fleetSpec,
  rateLimitPolicies: z.record(entityName, rateLimitPolicySpec),
});
export type FleetSection = z.output<typeof fleetSection>;

/** Public keys last known of each IdP, so that a node which starts during an IdP's outage verifies. Installation data: outside the root hash. */
export const seedKeysSection = z.strictObject({
  kind: z.literal("seed-keys"),
  /** Keyed by tenant slug, then IdP name. */
  keys: z.record(
    tenantSlug,
    z.record(
      entityName,
      z.strictObject({ fetchedAt: z.iso.datetime(), jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.json())).max(100) }) }),
    ),
  ),
});
export type SeedKeysSection = z.output<typeof seedKeysSection>;

/**
 * IdPs whose keys somebody had the nodes forget, and when: what was fetched before counts for nothing, answers about tokens included.
 * Installation data.
 */
export const keyPurgesSection = z.strictObject({
  kind: z.literal("key-purges"),
  /** Keyed by tenant slug, then IdP name. By the control plane's clock, as the times of seed keys are. */
  purgedAt: z.record(tenantSlug, z.record(entityName, z.iso.datetime())),
});
export type KeyPurgesSection = z.output<typeof keyPurgesSection>;

/** A key of one tenant, as nodes know it: what it hashes to and what it may do. Never the key. */
export const apiKeyEntry = z.strictObject({
  /** SHA-256 of the whole key, hex. The key has 256 bits of entropy: a fast hash keeps it. */
  hash: sha256Hex,
  /** Who calls with it, as the upstream sees it; the rules of a token's `sub` (SECURITY §1.5). */
  subject: z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/),
  scopes: setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/), 50),
  /** Seconds since the epoch; null: until it is revoked. */
  expiresAt: z.int().min(0).nullable(),
  /** The key that this one replaced, while both work: the same subject and scopes, and an end of its own, which is never after the entry's. */
  previous: z
    .strictObject({ hash: sha256Hex, expiresAt: z.int().min(0) })
    .nullable()
    .default(null),
});
export type ApiKeyEntry = z.output<typeof apiKeyEntry>;

/** The API keys of one tenant, by name. Installation data: made here, not declared. */
export const apiKeysSection = z.strictObject({
  kind: z.literal("api-keys"),
  tenant: tenantSlug,
  keys: z.record(entityName, apiKeyEntry),
});
export type ApiKeysSection = z.output<typeof apiKeysSection>;

/** `<tenant>/<name>` of a secret, for humans and as the key of a sealed one. */
const secretItemName = z.string().regex(/^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/);
export const secretItemNameOf = (tenant: string, name: string): string => `${tenant}/${name}`;

/**
 * The tenants' secrets, sealed with the group's content key. Installation data: outside the root hash, so that the same declared
 * configuration has the same hash whatever its secrets are. A secret that is declared and not here has no value: what needs it is refused.
 */
export const secretsSection = z.strictObject({
  kind: z.literal("secrets"),
  /** Commitment to the content key: a key that a node is handed counts only when this comes out for it. */
  contentKey: sha256Hex,
  items: z.record(
    secretItemName,
    z.strictObject({
      /** Rises with each value that is set. */
      version: z.int().min(1),
      /** base64url of nonce ‖ ciphertext ‖ tag, AES-256-GCM; bound to fleet, group, content key, tenant, name and version. */
      sealed: z
        .string()
        .max(32_768)
        .regex(/^[A-Za-z0-9_-]+$/),
    }),
  ),
});
export type SecretsSection = z.output<typeof secretsSection>;

/** Signature algorithms of internal tokens. */
export const internalTokenAlgorithm = z.enum(["ES256", "EdDSA"]);
export type InternalTokenAlgorithm = z.infer<typeof internalTokenAlgorithm>;

/**
 * Keys that the group's nodes sign internal tokens with, newest first. Public halves are for everybody; the private ones are sealed with
 * the content key. A key is published from the revision that brings it, and signs from `signFrom` on: by then no upstream keeps a JWK Set
 * without it. One without `sealed` only verifies any more.
 */
export const internalKeysSection = z.strictObject({
  kind: z.literal("internal-keys"),
  contentKey: sha256Hex,
  keys: z
    .array(
      z.strictObject({
        /** RFC 7638 thumbprint. */
        kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
        algorithm: internalTokenAlgorithm,
        publicJwk: z.strictObject({ kty: z.enum(["EC", "OKP"]), crv: z.string().max(20), x: z.string().max(100), y: z.string().max(100).optional() }),
        /** Seconds since the epoch. */
        signFrom: z.int().min(0),
        sealed: z.string().max(4_096).nullable(),
      }),
    )
    .min(1)
    // As many as can be needed at once where the JWK Set is kept for the shortest time, and more.
    .max(64),
});
export type InternalKeysSection = z.output<typeof internalKeysSection>;

/** BEHAVIOUR §6: no internal token lives longer; and a margin for clocks that differ. Seconds. */
const LAST_TOKEN_IS_PAST = 300 + 60;

/** The keys that somebody may still have to verify a token with: all but those whose successor has signed for longer than any token lives. @param keys newest first */
export function verifyingKeys<K extends { readonly signFrom: number }>(keys: readonly K[], nowSeconds: number): readonly K[] {
  const successor = keys.findIndex(({ signFrom }) => signFrom + LAST_TOKEN_IS_PAST <= nowSeconds);
  return successor < 0 ? keys : keys.slice(0, successor + 1);
}

/** Where a sealed private key stands: bound to its fleet, group and kid. No tenant's slug is empty. */
export const internalKeyPlace = ({ fleet, group }: { readonly fleet: string; readonly group: string }, kid: string) => ({
  fleet,
  group,
  tenant: "",
  name: kid,
  version: 1,
});

export const section = z.discriminatedUnion("kind", [
  tenantSection,
  fleetSection,
  seedKeysSection,
  keyPurgesSection,
  secretsSection,
  apiKeysSection,
  internalKeysSection,
  revocationsSection,
]);
export type Section = z.output<typeof section>;

/** `fleet`, `tenants/<slug>`, `installation/<what>`, or `installation/<what>/<slug>`. */
export type SectionName = string;
export const sectionName = z
  .string()
  .max(128)
  .regex(/^(?:fleet|tenants\/[a-z0-9-]{1,63}|installation\/[a-z0-9-]{1,63}(?:\/[a-z0-9-]{1,63})?)$/, "not a section's name");

export const FLEET_SECTION = "fleet";
export const SEED_KEYS_SECTION = "installation/seed-keys";
export const KEY_PURGES_SECTION = "installation/key-purges";
export const SECRETS_SECTION = "installation/secrets";
export const INTERNAL_KEYS_SECTION = "installation/internal-keys";
export const tenantSectionName = (slug: string): SectionName => `tenants/${slug}`;
export const apiKeysSectionName = (slug: string): SectionName => `installation/api-keys/${slug}`;
export const revocationsSectionName = (slug: string): SectionName => `installation/revocations/${slug}`;

/** The name under which a section must stand. A section under another name is refused. */
export function nameOfSection(value: Section): SectionName {
  switch (value.kind) {
    case "fleet":
      return FLEET_SECTION;
    case "tenant":
      return tenantSectionName(value.slug);
    case "seed-keys":
      return SEED_KEYS_SECTION;
    case "key-purges":
      return KEY_PURGES_SECTION;
    case "internal-keys":
      return INTERNAL_KEYS_SECTION;
    case "api-keys":
      return apiKeysSectionName(value.tenant);
    case "revocations":
      return revocationsSectionName(value.tenant);
    case "secrets":
      return SECRETS_SECTION;
    default:
      return value satisfies never;
  }
}

/** Sections whose contents are sealed with the group's content key. All of one revision are sealed with the same. */
export const SEALED_SECTIONS: readonly SectionName[] = [SECRETS_SECTION, INTERNAL_KEYS_SECTION];

/** Commitment to the content key that opens this section; null for one that is not sealed. */
export const contentKeyOf = (value: Section | undefined): string | null =>
  value?.kind === "secrets" || value?.kind === "internal-keys" ? value.contentKey : null;

export const isInstallationSection = (name: SectionName): boolean => name.startsWith("installation/");

/** Section name → SHA-256 of its canonical form. */
export const manifest = z.record(sectionName, sha256Hex);
export type Manifest = z.output<typeof manifest>;

export const sectionHash = (value: Section, sha256: Sha256): string => sha256(canonicalJson(value as unknown as JsonValue));

function hashOfEntries(entries: readonly (readonly [string, string])[], sha256: Sha256): string {
  return sha256(canonicalJson(entries));
}

const sorted = (map: Manifest): [string, string][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** Identity of the declared configuration: SHA-256 over the sorted (section name, hash) list without installation sections. */
export const rootHash = (map: Manifest, sha256: Sha256): string =>
  hashOfEntries(
    sorted(map).filter(([name]) => !isInstallationSection(name)),
    sha256,
  );

/** The same over the installation sections alone. */
export const installationHash = (map: Manifest, sha256: Sha256): string =>
  hashOfEntries(
    sorted(map).filter(([name]) => isInstallationSection(name)),
    sha256,
  );
