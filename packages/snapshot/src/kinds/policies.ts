import { z } from "zod";
import { headerName } from "../names.js";
import { claimPath } from "./identity-provider.js";

const identityHeader = headerName.nullable();

/** The default names of BEHAVIOUR §6. */
export const DEFAULT_IDENTITY_HEADERS = {
  userId: "X-User-Id",
  email: "X-User-Email",
  roles: "X-User-Roles",
  tenantId: "X-Tenant-Id",
  organization: "X-Org-Id",
  tenantPlan: "X-Tenant-Plan",
  issuer: "X-Token-Issuer",
  scopes: "X-Token-Scopes",
  expires: "X-Token-Expires",
  sessionId: "X-Session-Id",
} as const;

/** Header names; null leaves one out. */
export const identityHeaders = z.strictObject({
  userId: identityHeader.default(DEFAULT_IDENTITY_HEADERS.userId),
  email: identityHeader.default(DEFAULT_IDENTITY_HEADERS.email),
  roles: identityHeader.default(DEFAULT_IDENTITY_HEADERS.roles),
  tenantId: identityHeader.default(DEFAULT_IDENTITY_HEADERS.tenantId),
  organization: identityHeader.default(DEFAULT_IDENTITY_HEADERS.organization),
  tenantPlan: identityHeader.default(DEFAULT_IDENTITY_HEADERS.tenantPlan),
  issuer: identityHeader.default(DEFAULT_IDENTITY_HEADERS.issuer),
  scopes: identityHeader.default(DEFAULT_IDENTITY_HEADERS.scopes),
  expires: identityHeader.default(DEFAULT_IDENTITY_HEADERS.expires),
  sessionId: identityHeader.default(DEFAULT_IDENTITY_HEADERS.sessionId),
});

const FORBIDDEN_TARGETS = new Set([
  "authorization",
  "connection",
  "content-length",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const targetHeader = headerName.refine((name) => !FORBIDDEN_TARGETS.has(name.toLowerCase()), "this header belongs to HTTP itself; choose another");

/** How the upstream learns who calls. BEHAVIOUR §6. */
export const propagationPolicySpec = z
  .discriminatedUnion("strategy", [
    z.strictObject({
      strategy: z.literal("headers"),
      headers: identityHeaders.default(DEFAULT_IDENTITY_HEADERS),
      /** Further claims, each in a header of its own. */
      claims: z
        .array(z.strictObject({ header: targetHeader, claim: claimPath }))
        .max(20)
        .transform((list) => [...list].sort((a, b) => (a.header < b.header ? -1 : a.header > b.header ? 1 : 0)))
        .default([]),
    }),
    /** A JWT of the node's own in place of the credential, signed with the key of its group; upstreams verify it with the group's JWK Set. */
    z.strictObject({
      strategy: z.literal("internal_token"),
      /** `aud` of the token. */
      audience: z.string().min(1).max(255).default("internal"),
      /** At most; never longer than what is left of the credential. */
      lifetimeSeconds: z.int().min(10).max(300).default(300),
    }),
    /** The original credential goes on, together with the tenant header. */
    z.strictObject({ strategy: z.literal("pass_through"), tenantHeader: targetHeader.default(DEFAULT_IDENTITY_HEADERS.tenantId) }),
  ])
  .meta({ id: "PropagationPolicySpec" });
export type PropagationPolicySpec = z.output<typeof propagationPolicySpec>;

export const INTROSPECTION_FALLBACKS = ["USE_CACHED_OR_REJECT", "REJECT_ALL", "PASS_THROUGH"] as const;

export const DPOP_REPLAY_FALLBACKS = ["REJECT_ALL", "PER_NODE"] as const;

/** What happens while a dependency is away. BEHAVIOUR 3a and 3b. */
export const degradationPolicySpec = z
  .strictObject({
    /** How long keys may be used after their last good fetch, seconds; past it 503 `idp_unavailable`. */
    staleKeysMaxAgeSeconds: z.int().min(0).max(604_800).default(3_600),
    /**
     * While an introspection endpoint is away (BEHAVIOUR 3b). `PASS_THROUGH` lets the request go on unauthenticated, and says so to the
     * upstream in `X-Authenticated: false`.
     */
    introspection: z.enum(INTROSPECTION_FALLBACKS).default("USE_CACHED_OR_REJECT"),
    /** How old an answer `USE_CACHED_OR_REJECT` may use, seconds. */
    cachedAnswerMaxAgeSeconds: z.int().min(0).max(86_400).default(300),
    /**
     * While the state store is away, and nobody can say whether another node has seen a DPoP proof (RFC 9449 §11.1): `REJECT_ALL`, also when
     * left out, refuses with 503 `proof_store_unavailable`; `PER_NODE` goes by what this node has seen.
     */
    dpopReplay: z.enum(DPOP_REPLAY_FALLBACKS).optional(),
  })
  .meta({ id: "DegradationPolicySpec" });
export type DegradationPolicySpec = z.output<typeof degradationPolicySpec>;
