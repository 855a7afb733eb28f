import { z } from "zod";
import { entityName, hostname, setOf, tenantSlug } from "../names.js";
import { clientCertificatesSpec } from "./client-certificates.js";
import { corsPolicy } from "./cors.js";
import { bodyField, lockoutPolicySpec, upstreamLoginSpec } from "./lockout.js";
import { rateLimitFields } from "./rate-limit.js";

/** A tenant: what nodes need to know of it. Its display name stays in the control plane. */
export const tenantSpec = z
  .strictObject({
    /** Shown to people only; not part of the snapshot. */
    displayName: z.string().trim().min(1).max(120),
    plan: entityName.default("standard"),
    status: z.enum(["active", "suspended"]).default("active"),
    /** Custom domains, exact match. */
    domains: setOf(hostname, 100).default([]),
    /** Left out: no client certificate counts here. */
    clientCertificates: clientCertificatesSpec.optional(),
    /** Takes the place of the fleet's, as a whole; left out: the fleet's holds. */
    lockout: lockoutPolicySpec.optional(),
    /** What a 429 of a rate limit says of it; left out: as the fleet says. */
    rateLimitFields: rateLimitFields.optional(),
  })
  .meta({ id: "TenantSpec" });
export type TenantSpec = z.output<typeof tenantSpec>;

/** The credential kinds that a route can name (BEHAVIOUR §2). An unknown one refuses the revision. */
export const AUTHENTICATOR_KINDS = ["bearer", "api_key", "session", "client_certificate"] as const;
export const authenticatorKind = z.enum(AUTHENTICATOR_KINDS).meta({ id: "AuthenticatorKind" });
export type AuthenticatorKind = z.infer<typeof authenticatorKind>;

/** In the order in which they are asked: it is part of the meaning, so it is kept as written. */
const authenticators = z
  .array(authenticatorKind)
  .min(1, "name at least one credential kind")
  .max(AUTHENTICATOR_KINDS.length)
  .refine((list) => new Set(list).size === list.length, "name each credential kind once")
  .default(["bearer"]);

/** Who may pass. Explicit by design: a route that says nothing denies (DESIGN §3, fail closed). */
export const routeAuthentication = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("required"),
    authenticators,
    /**
     * `first`: the first credential kind of the list that the request presents decides, alone. `all`: every one of them must be presented
     * and hold; the first is the identity that is passed on.
     */
    match: z.enum(["first", "all"]).default("first"),
    /** Names of the tenant's IdPs that this route accepts; empty means all enabled ones. */
    identityProviders: setOf(entityName, 50).default([]),
    /** All must be granted, else 403 `insufficient_scope`. */
    requiredScopes: setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/), 50).default([]),
    /** A browser (GET, `Accept: text/html`) that has no session is sent to the login; an API client gets its 401 (BEHAVIOUR 3c). */
    redirectToLogin: z.boolean().default(false),
  }),
  /** Without a credential the request passes as anonymous; with one, the credential must hold. */
  z.strictObject({
    mode: z.literal("optional"),
    authenticators,
    identityProviders: setOf(entityName, 50).default([]),
  }),
  z.strictObject({ mode: z.literal("public") }),
  z.strictObject({ mode: z.literal("deny") }),
]);

const path = z
  .string()
  .max(1024)
  .regex(/^\/[A-Za-z0-9._~!$&'()*+,;=:@/-]*$/, "begin with '/' and use unescaped path characters only")
  .refine(
    (value) => !value.includes("//") && !value.split("/").some((segment) => segment === "." || segment === ".."),
    "must not contain '//' or dot segments",
  );

const METHOD = /^[A-Z]{1,20}$/;

/** What a request must look like, what it must prove, and where it then goes. The longest matching prefix wins, then the route with methods. */
export const routeSpec = z
  .strictObject({
    /** Matches whole segments: `/v1` matches `/v1` and `/v1/x`, not `/v10`. */
    pathPrefix: path.default("/"),
    /** Empty means every method. */
    methods: setOf(
      z
        .string()
        .regex(METHOD, "write methods in capitals")
        .refine((method) => method !== "CONNECT" && method !== "TRACE", "CONNECT and TRACE are never proxied"),
      20,
    ).default([]),
    /** Take `pathPrefix` off before proxying. */
    stripPrefix: z.boolean().default(false),
    upstream: entityName,
    authentication: routeAuthentication.default({ mode: "deny" }),
    /** Name of a propagation policy; null means the `headers` strategy with its default names. */
    propagation: entityName.nullable().default(null),
    /** Name of a degradation policy; null means the defaults of BEHAVIOUR 3a. */
    degradation: entityName.nullable().default(null),
    /** Larger request bodies are refused with 413. */
    maxRequestBodyBytes: z.int().min(0).max(10_737_418_240).default(10_485_760),
    /** Left out: nobody answers for other origins, and the upstream's own headers go on (docs/adr/0015). */
    cors: corsPolicy.optional(),
    /** The upstream's own login is here: its failures count for the lockout policy. Left out: it is a route like any other. */
    upstreamLogin: upstreamLoginSpec.optional(),
    /**
     * The body's field that rate limits by `username` count by, as of `upstreamLogin`, where the upstream does no login: the address to which a
     * password reset is sent. Bodies are read as those of a login are. Left out: such limits do not concern the route.
     */
    usernameField: bodyField.optional(),
    /** Let `Upgrade: websocket` through. */
    websocket: z.boolean().default(false),
  })
  .meta({ id: "RouteSpec" });
export type RouteSpec = z.output<typeof routeSpec>;
export type RouteAuthentication = RouteSpec["authentication"];

/** The body's field that names whom a request is about; null where the route names none. */
export const usernameFieldOf = ({ upstreamLogin, usernameField }: Pick<RouteSpec, "upstreamLogin" | "usernameField">): string | null =>
  upstreamLogin?.usernameField ?? usernameField ?? null;

/** A group of gateway nodes that run the same snapshot. */
export const nodeGroupSpec = z
  .strictObject({
    displayName: z.string().trim().min(1).max(120),
    /** Which tenants its nodes get. */
    tenants: z.union([z.literal("all"), setOf(tenantSlug, 100_000)]).default("all"),
  })
  .meta({ id: "NodeGroupSpec" });
export type NodeGroupSpec = z.output<typeof nodeGroupSpec>;
