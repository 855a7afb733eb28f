import { z } from "zod";
import { cidr, headerName, hostname, setOf } from "../names.js";
import { canonicalCertificates, isCertificates } from "../pem.js";
import { certificateHeader } from "./client-certificates.js";
import { defaultIdentityProvider } from "./identity-provider.js";
import { lockoutPolicySpec } from "./lockout.js";
import { rateLimitFields } from "./rate-limit.js";

/** Where a request can name its tenant, BEHAVIOUR §1. */
export const TENANT_SOURCES = ["custom_domain", "subdomain", "path", "header", "token_claim"] as const;
export const tenantSource = z.enum(TENANT_SOURCES).meta({ id: "TenantSource" });
export type TenantSource = z.infer<typeof tenantSource>;

/** Settings of the whole fleet: one object, named `default`. */
export const fleetSpec = z
  .strictObject({
    /** `acme.api.example.com` names acme when `api.example.com` is listed. */
    baseDomains: setOf(hostname, 50).default([]),
    /**
     * Sources that are switched on, most trusted first. Two that disagree are a conflict, whatever the order. `token_claim` is read last,
     * wherever it stands, and only when no other names a tenant.
     */
    resolution: z
      .array(tenantSource)
      .min(1, "switch on at least one source")
      .refine((list) => new Set(list).size === list.length, "name each source once")
      .default(["custom_domain", "subdomain", "path"]),
    /** `/tenants` makes `/tenants/acme/users` name acme. */
    tenantPathPrefix: z
      .string()
      .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/, "begin with '/', no '/' at the end")
      .default("/tenants"),
    /** Take the prefix and the slug off before routes are matched and the request is proxied. */
    stripTenantPath: z.boolean().default(true),
    tenantHeader: headerName.default("X-Tenant-ID"),
    /** On an IdP without a tenant claim of its own, this claim must match when a token has it (BEHAVIOUR §4). */
    usualTenantClaim: z.string().min(1).max(255).default("tenant_id"),
    /** Whose tokens tenants accept that declare no IdP; null: they accept none. */
    defaultIdentityProvider: defaultIdentityProvider.nullable().default(null),
    /** Peers whose `Forwarded`/`X-Forwarded-For` is believed. */
    trustedProxies: setOf(cidr, 200).default([]),
    /** Private ranges that IdP addresses may point into; only there is plain http allowed. Empty: public https only. */
    idpAllowedRanges: setOf(cidr, 100).default([]),
    /** Whose certificates identity providers may show, at every node and in the console's checks. */
    idpCertificates: z
      .strictObject({
        /** PEM of private authorities, one after the other; empty for none. */
        authorities: z
          .string()
          .max(65_536)
          .refine((text) => text.trim() === "" || isCertificates(text), "give certificates in PEM form (BEGIN CERTIFICATE), and nothing else")
          .transform(canonicalCertificates)
          .default(""),
        /** The public authorities are believed too. */
        trustPublic: z.boolean().default(true),
      })
      .refine(({ authorities, trustPublic }) => trustPublic || authorities !== "", {
        path: ["authorities"],
        message: "name at least one authority, or trust the public ones: without any, no provider can be called",
      })
      .default({ authorities: "", trustPublic: true }),
    /** Where API keys are looked for (BEHAVIOUR §2). */
    apiKeys: z
      .strictObject({
        header: headerName.default("X-API-Key"),
        /** A query parameter that may carry a key too; null switches it off. Keys in addresses end up in logs and histories. */
        queryParameter: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,64}$/, "use letters, digits, '_' and '-' only")
          .nullable()
          .default(null),
      })
      .default({ header: "X-API-Key", queryParameter: null }),
    /** Left out: a client's certificate is known from the node's own TLS only. */
    clientCertificateHeader: certificateHeader.optional(),
    /** Sessions of people who signed in through the gateway (BEHAVIOUR 3c). */
    sessions: z
      .strictObject({
        /** Without a request for this long, a session ends. */
        idleSeconds: z.int().min(5).max(2_592_000).default(1_800),
        /** However it is used, a session ends this long after its login. */
        absoluteSeconds: z.int().min(5).max(7_776_000).default(43_200),
        /** A session that is used is written to the store once in this time. */
        extendEverySeconds: z.int().min(1).max(3_600).default(60),
      })
      .refine(({ idleSeconds, extendEverySeconds }) => extendEverySeconds < idleSeconds, {
        path: ["extendEverySeconds"],
        message: "must be less than idleSeconds: a session in use would end",
      })
      .refine(({ idleSeconds, absoluteSeconds }) => idleSeconds <= absoluteSeconds, {
        path: ["idleSeconds"],
        message: "must not be more than absoluteSeconds",
      })
      .default({ idleSeconds: 1_800, absoluteSeconds: 43_200, extendEverySeconds: 60 }),
    /** After failed authentications, at tenants without a policy of their own; left out: the defaults of BEHAVIOUR §5. */
    lockout: lockoutPolicySpec.optional(),
    /** What a 429 of a rate limit says of it, at tenants that do not say; left out: `draft`. */
    rateLimitFields: rateLimitFields.optional(),
    /** Further headers that never pass from a client. */
    reservedHeaders: setOf(headerName, 100).default([]),
    limits: z
      .strictObject({
        maxTokenBytes: z.int().min(512).max(65_536).default(8_192),
        maxHeaderCount: z.int().min(16).max(1_000).default(100),
        maxTargetBytes: z.int().min(256).max(65_536).default(8_192),
      })
      .default({ maxTokenBytes: 8_192, maxHeaderCount: 100, maxTargetBytes: 8_192 }),
    /** Tokens that nodes mint for upstreams (propagation strategy `internal_token`). */
    internalTokens: z
      .strictObject({
        /** `iss` of every one of them. */
        issuer: z.string().min(1).max(255).default("sallyport"),
        /** How long upstreams may keep the JWK Set. A new key signs only when that time has passed twice since it was published. */
        jwksMaxAgeSeconds: z.int().min(10).max(86_400).default(300),
      })
      .default({ issuer: "sallyport", jwksMaxAgeSeconds: 300 }),
    /** The circuit breaker of each introspection endpoint at each node. */
    introspectionBreaker: z
      .strictObject({
        /** Failed calls in a row that open it. */
        failures: z.int().min(1).max(1_000).default(5),
        /** Before it is tried again. */
        openSeconds: z.int().min(1).max(3_600).default(30),
        /** Calls that try it, all of which must succeed. */
        probes: z.int().min(1).max(100).default(2),
      })
      .default({ failures: 5, openSeconds: 30, probes: 2 }),
    jwks: z
      .strictObject({
        ttlSeconds: z.int().min(10).max(86_400).default(300),
        cooldownSeconds: z.int().min(1).max(3_600).default(30),
        fetchTimeoutMs: z.int().min(100).max(30_000).default(5_000),
      })
      .default({ ttlSeconds: 300, cooldownSeconds: 30, fetchTimeoutMs: 5_000 }),
  })
  .meta({ id: "FleetSpec" });
export type FleetSpec = z.output<typeof fleetSpec>;
