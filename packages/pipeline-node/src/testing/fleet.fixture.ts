import {
  type CompiledIdentityProvider,
  type CompiledSnapshot,
  type ConnectionMemo,
  compileSnapshot,
  type KeySource,
  type Ports,
  type ProofUses,
  type RateLimiter,
  type RequestFacts,
} from "@sallyport/pipeline";
import { type ApiKeysSection, apiKeysSection, type FleetSection, fleetSection, type TenantSection, tenantSection } from "@sallyport/snapshot";
import { sha256Hex } from "../digests.js";
import { importKeySet } from "../import-key-set.js";
import { createNodePorts } from "../node-ports.js";
import type { Jwk } from "./mint.fixture.js";
import { STORED_SESSIONS, sessionsOf } from "./sessions.fixture.js";

/** The moment at which all these tests happen, ms since the epoch. */
export const NOW = 1_790_000_000_000;
export const nowSeconds = NOW / 1000;

type Documents = Record<string, Record<string, unknown>>;

/** What a tenant of the tests has, over a working default: one IdP `main`, one route `main` that requires a bearer token. */
export interface TenantParts {
  readonly plan?: string;
  readonly status?: "active" | "suspended";
  readonly domains?: string[];
  readonly identityProviders?: Documents;
  readonly upstreams?: Documents;
  readonly routes?: Documents;
  readonly rateLimitPolicies?: Documents;
  readonly propagationPolicies?: Documents;
  readonly degradationPolicies?: Documents;
  readonly secrets?: Documents;
  readonly clientCertificates?: Record<string, unknown>;
  readonly lockout?: Record<string, unknown>;
}

export const issuerOf = (slug: string): string => `https://idp.${slug}.example`;

export function tenant(slug: string, parts: TenantParts = {}) {
  return tenantSection.parse({
    kind: "tenant",
    slug,
    plan: "standard",
    status: "active",
    domains: [],
    identityProviders: { main: { issuer: issuerOf(slug), audiences: [`${slug}-api`] } },
    upstreams: { main: { url: "http://upstream.internal:8080" } },
    routes: { main: { upstream: "main", authentication: { mode: "required" } } },
    rateLimitPolicies: {},
    propagationPolicies: {},
    degradationPolicies: {},
    ...parts,
  });
}

export function fleet(settings: Record<string, unknown> = {}, rateLimitPolicies: Documents = {}) {
  return fleetSection.parse({ kind: "fleet", settings: { baseDomains: ["api.example.com"], ...settings }, rateLimitPolicies });
}

interface KeyParts {
  readonly key: string;
  readonly scopes?: string[];
  readonly subject?: string;
  readonly expiresAt?: number;
  readonly previous?: { readonly key: string; readonly expiresAt: number };
}

/** A tenant's API keys, by name: the key itself, and what it may do. */
export function apiKeys(slug: string, keys: Readonly<Record<string, KeyParts>>) {
  const entries = Object.entries(keys).map(([name, { key, scopes = [], subject = `api-key/${name}`, expiresAt = null, previous = null }]) => [
    name,
    {
      ...{ hash: sha256Hex(key), subject, scopes, expiresAt },
      previous: previous === null ? null : { hash: sha256Hex(previous.key), expiresAt: previous.expiresAt },
    },
  ]);
  return apiKeysSection.parse({ kind: "api-keys", tenant: slug, keys: Object.fromEntries(entries) });
}

interface Sources {
  readonly fleet: FleetSection;
  readonly tenants: readonly TenantSection[];
  readonly apiKeys: readonly ApiKeysSection[];
}
const sources = new WeakMap<CompiledSnapshot, Sources>();

/** The sections that `compiled` made a snapshot of, for whoever runs them in a node. */
export const sectionsOf = (snapshot: CompiledSnapshot) => sources.get(snapshot);

/** @throws Error with all messages when it does not compile */
export function compiled(
  tenants: readonly ReturnType<typeof tenant>[],
  settings: Record<string, unknown> = {},
  policies: Documents = {},
  apiKeys: readonly ApiKeysSection[] = [],
): CompiledSnapshot {
  const keysByTenant = new Map(apiKeys.map((section) => [section.tenant, section]));
  const fleetWide = fleet(settings, policies);
  const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: fleetWide, tenants, apiKeys: keysByTenant });
  if (!result.ok) throw new Error(result.errors.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  sources.set(result.compiled, { fleet: fleetWide, tenants, apiKeys });
  return result.compiled;
}

type JwkSets = Readonly<Record<string, readonly Jwk[]>>;
const keySets = new WeakMap<KeySource, JwkSets>();

/** The sets that `keysOf` made a source of, by `<tenant>/<name>`. */
export const jwksOf = (keys: KeySource): JwkSets | undefined => keySets.get(keys);

/** Keys by `<tenant>/<name>`; an IdP that is not listed cannot be reached. */
export function keysOf(sets: JwkSets): KeySource {
  const imported = new Map(Object.entries(sets).map(([id, keys]) => [id, { keys: importKeySet({ keys }).keys, generation: 1 }]));
  const source: KeySource = {
    current: (idp: CompiledIdentityProvider) => imported.get(idp.id) ?? null,
    load: async (idp) => imported.get(idp.id) ?? { unavailable: `no keys of ${idp.id}` },
    refreshForUnknownKid: () => null,
    refusedUnknownKid: () => undefined,
  };
  keySets.set(source, sets);
  return source;
}

export const unlimited: RateLimiter = { take: () => ({ allowed: true, remaining: 1, retryAfterSeconds: 0 }) };

/** The tables ask each case several times; what comes twice is for the tests of replay. */
const neverUsed: ProofUses = { use: () => ({ state: "first" }) };

export function portsWith(keys: KeySource, over: Partial<Ports> = {}): Ports {
  const sessions = sessionsOf(STORED_SESSIONS);
  return { ...createNodePorts({ keys, limits: unlimited, clock: { now: () => NOW }, sessions, proofs: neverUsed }), ...over };
}

export const freshConnection = (): ConnectionMemo => ({ authorization: "", verified: null });

/** Claims that acme's default IdP would give out, with changes; undefined leaves a claim out. */
export const claimsOf = (slug: string, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: issuerOf(slug),
  aud: `${slug}-api`,
  sub: "user-1",
  iat: nowSeconds - 10,
  exp: nowSeconds + 600,
  ...over,
});

export interface RequestParts {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string | null;
  readonly authorization?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly remoteAddress?: string;
  readonly connection?: ConnectionMemo | null;
}

export function factsOf(parts: RequestParts): RequestFacts {
  const { host = "acme.api.example.com", authorization = null } = parts;
  const rawHeaders: string[] = [];
  if (host !== null) rawHeaders.push("Host", host);
  if (authorization !== null) rawHeaders.push("Authorization", authorization);
  for (const [name, value] of parts.headers ?? []) rawHeaders.push(name, value);
  return {
    method: parts.method ?? "GET",
    target: parts.target ?? "/orders",
    rawHeaders,
    remoteAddress: parts.remoteAddress ?? "192.0.2.10",
    secure: false,
    requestId: "request-1",
    connection: parts.connection ?? null,
  };
}
