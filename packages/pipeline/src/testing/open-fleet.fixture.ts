import { fleetSection, tenantSection } from "@sallyport/snapshot";
import { authenticate } from "../authenticate.js";
import { compileSnapshot, type SnapshotInput } from "../compile/compile-snapshot.js";
import type { CompiledSnapshot } from "../compiled.js";
import type { Decision } from "../decision.js";
import type { RequestFacts } from "../facts.js";
import type { Ports } from "../ports.js";

type Parts = Record<string, unknown>;

export const fleetOf = (settings: Parts = {}, rateLimitPolicies: Parts = {}) => fleetSection.parse({ kind: "fleet", settings, rateLimitPolicies });

/** A tenant with one public route, over which parts can be laid. */
export function tenantOf(slug: string, parts: Parts = {}) {
  return tenantSection.parse({
    kind: "tenant",
    slug,
    plan: "standard",
    status: "active",
    domains: [],
    identityProviders: {},
    upstreams: { main: { url: "http://upstream.internal" } },
    routes: { main: { upstream: "main", authentication: { mode: "public" } } },
    rateLimitPolicies: {},
    propagationPolicies: {},
    degradationPolicies: {},
    ...parts,
  });
}

export const idpOf = (issuer: string, audience = "api", more: Parts = {}) => ({ issuer, audiences: [audience], ...more });

export const inputOf = (tenants: SnapshotInput["tenants"], fleet = fleetOf()): SnapshotInput => ({
  revision: 1,
  rootHash: "0".repeat(64),
  fleet,
  tenants,
});

/** @throws Error with all messages when it does not compile */
export function compileOrThrow(input: SnapshotInput, previous?: CompiledSnapshot): CompiledSnapshot {
  const result = compileSnapshot(input, previous);
  if (!result.ok) throw new Error(result.errors.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return result.compiled;
}

const notAsked = (): never => {
  throw new Error("a public route asks no keys, tokens and clocks");
};

/** What a public route needs: nothing but the decoder, here without any platform. */
const publicPorts: Ports = {
  clock: { now: notAsked },
  keys: { current: notAsked, load: notAsked, refreshForUnknownKid: notAsked, refusedUnknownKid: notAsked },
  signatures: { verify: notAsked },
  certificates: { isSignedBy: notAsked, thumbprint: notAsked },
  proofKeys: { read: notAsked, hashToken: notAsked },
  proofs: { use: notAsked },
  tokens: { get: notAsked, set: notAsked },
  limits: { take: () => ({ allowed: true, remaining: 1, retryAfterSeconds: 0 }) },
  introspection: { introspect: notAsked },
  sessions: { find: notAsked, used: notAsked },
  internalTokens: { sign: notAsked },
  digest: notAsked,
  tokenDigest: notAsked,
  sha256Hex: notAsked,
  decodeBase64Url: notAsked,
  decodeUtf8(bytes) {
    try {
      return decodeURIComponent(bytes.replace(/[\s\S]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`));
    } catch {
      return null;
    }
  },
};

export interface Asked {
  readonly method?: string;
  readonly target?: string;
  readonly host: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly remoteAddress?: string;
}

export function ask(compiled: CompiledSnapshot, asked: Asked, ports: Ports = publicPorts): Decision {
  const facts: RequestFacts = {
    method: asked.method ?? "GET",
    target: asked.target ?? "/",
    rawHeaders: ["Host", asked.host, ...(asked.headers ?? []).flat()],
    remoteAddress: asked.remoteAddress ?? "192.0.2.10",
    secure: false,
    requestId: "request-1",
    connection: null,
  };
  const decision = authenticate(compiled, facts, ports);
  if (decision instanceof Promise) throw new Error("a public route is decided at once");
  return decision;
}
