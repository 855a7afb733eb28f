import { z } from "zod";
import { entityName, setOf } from "../names.js";

/** Signature algorithms that an external IdP may use (BEHAVIOUR 3a). `none` and HMAC are not in the language. */
export const SIGNATURE_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;
export const signatureAlgorithm = z.enum(SIGNATURE_ALGORITHMS).meta({ id: "SignatureAlgorithm" });
export type SignatureAlgorithm = z.infer<typeof signatureAlgorithm>;

/** What an IdP accepts unless told otherwise; the slow curves are switched on by name. */
export const DEFAULT_ALGORITHMS: readonly SignatureAlgorithm[] = ["ES256", "EdDSA", "PS256", "RS256"];

const absoluteUrl = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s/?#@\\]+(?:\/[^\s#\\]*)?$/, "write an absolute https:// URL without user, blanks or fragment");

/**
 * One spelling for one address, so that two tenants who ask at the same one are seen to (the isolation proof compares text): host in lower
 * case, no default port, no dot segments (RFC 3986 §6.2.2, §6.2.3).
 */
const endpointUrl = absoluteUrl
  .refine((url) => !/\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(url), "must not contain dot segments")
  .transform((url) => {
    const [, scheme = "", authority = "", rest = ""] = /^(https?):\/\/([^/?]+)(.*)$/.exec(url) ?? [];
    const host = authority.toLowerCase().replace(scheme === "https" ? /:443$/ : /:80$/, "");
    return `${scheme}://${host}${rest.startsWith("/") ? "" : "/"}${rest}`;
  });

/**
 * Where a claim is found: a top-level claim's name, or, beginning with `/`, a JSON Pointer (RFC 6901) to a nested one,
 * for example `/realm_access/roles`.
 */
export const claimPath = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (path) => !path.startsWith("/") || /^(?:\/(?:[^~/]|~0|~1)+)+$/.test(path),
    "write a claim's name, or a JSON Pointer such as /realm_access/roles",
  );

const requiredClaim = z.strictObject({
  /** The claim that must be there. */
  claim: claimPath,
  /** When given, the claim (or a member of it) must equal one of these. */
  oneOf: setOf(z.string().max(255), 50).optional(),
});

/** Which claims make the principal. `null` switches one off. */
export const claimMapping = z.strictObject({
  email: claimPath.nullable().default("email"),
  roles: claimPath.nullable().default("roles"),
  scopes: claimPath.nullable().default("scope"),
  organization: claimPath.nullable().default("org_id"),
  sessionId: claimPath.nullable().default("sid"),
});

export const keySource = z.discriminatedUnion("kind", [
  /** `jwks_uri` of the OpenID Connect Discovery document; `url` only where it is not `<issuer>/.well-known/openid-configuration`. */
  z.strictObject({ kind: z.literal("discovery"), url: absoluteUrl.optional() }),
  /** A JWK Set (RFC 7517 §5) at a fixed address. */
  z.strictObject({ kind: z.literal("jwks"), url: absoluteUrl }),
  /** The IdP signs nothing for us: tokens that claim its signature are refused, or asked about where `introspection` says so. */
  z.strictObject({ kind: z.literal("none") }),
]);

const clientId = z.string().regex(/^[\x20-\x7e]{1,255}$/, "use 1–255 printable ASCII characters");

/** How we prove to an IdP who we are. Secrets are named (objects of kind Secret in the same tenant), never written here. */
export const clientAuthentication = z
  .discriminatedUnion("method", [
    /** RFC 6749 §2.3.1, in the Authorization header. */
    z.strictObject({ method: z.literal("client_secret_basic"), clientId, secret: entityName }),
    /** The same in the form. */
    z.strictObject({ method: z.literal("client_secret_post"), clientId, secret: entityName }),
    /** RFC 7523 §2.2: a short-lived JWT, signed with a private key that the IdP knows the public half of. */
    z.strictObject({
      method: z.literal("private_key_jwt"),
      clientId,
      /** A Secret of type private_key: PKCS #8 PEM or a JWK. */
      key: entityName,
      algorithm: z.enum(["RS256", "PS256", "ES256", "EdDSA"]).default("RS256"),
      /** `kid` of the assertion's header, where the IdP wants one. */
      kid: z.string().min(1).max(255).nullable().default(null),
    }),
  ])
  .meta({ id: "ClientAuthentication" });
export type ClientAuthentication = z.output<typeof clientAuthentication>;

/** Asking the IdP about a token (RFC 7662). BEHAVIOUR 3b gives the defaults. */
export const introspectionSettings = z
  .strictObject({
    /** Where to ask; left out, `introspection_endpoint` of the discovery document. */
    endpoint: endpointUrl.optional(),
    client: clientAuthentication,
    /** `opaque`: what is no JWT is asked about. `all`: JWTs too, whatever their signature says. */
    tokens: z.enum(["opaque", "all"]).default("opaque"),
    /** Which member of the answer names the subject. */
    subject: z.enum(["sub", "username", "client_id"]).default("sub"),
    /** Members that an answer must have; all are checked when they are there. */
    required: setOf(z.enum(["iss", "aud", "exp"])).default([]),
    /** For one call. */
    timeoutMs: z.int().min(50).max(10_000).default(500),
    /** After a call that failed, 50 ms apart with jitter. */
    retries: z.int().min(0).max(5).default(2),
    /** How long an answer is good, never past the token's `exp`; 0 asks every time. */
    cacheSeconds: z.int().min(0).max(600).default(30),
  })
  .meta({ id: "IntrospectionSettings" });
export type IntrospectionSettings = z.output<typeof introspectionSettings>;

/** A client without a secret (RFC 6749 §2.1): PKCE alone binds its code. */
const publicClient = z.strictObject({ method: z.literal("none"), clientId });

/** Signing people in with this IdP (OpenID Connect, authorization code with PKCE). Its endpoints are those of the discovery document. */
export const loginSettings = z
  .strictObject({
    /** The client that is registered at the IdP, with the redirect URI `https://<host>/.sallyport/callback` for each of the tenant's hosts. */
    client: z.discriminatedUnion("method", [...clientAuthentication.options, publicClient]),
    /** What is asked for. `openid` is what makes it a login. */
    scopes: setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, "an OAuth scope has no blanks, quotes or backslashes"), 50)
      .refine((list) => list.includes("openid"), "openid must be among them")
      .default(["email", "openid", "profile"]),
  })
  .meta({ id: "LoginSettings" });
export type LoginSettings = z.output<typeof loginSettings>;

/** Proofs that the sender of a token holds the key that it is bound to (DPoP, RFC 9449). */
export const dpopSettings = z
  .strictObject({
    /** Only tokens that are bound to a key (`cnf.jkt`, §6.1) count. */
    required: z.boolean().default(false),
    /** What proofs may be signed with; clients are told in challenges (§7.1). Their keys are not the IdP's, and so is this list. */
    algorithms: setOf(signatureAlgorithm)
      .refine((list) => list.length > 0, "name at least one algorithm")
      .default([...DEFAULT_ALGORITHMS]),
    /** How old a proof may be, seconds; the clock tolerance comes on top of it. */
    proofLifetimeSeconds: z.int().min(5, "at least 5 s").max(300, "at most 300 s is allowed").default(60),
  })
  .meta({ id: "DpopSettings" });
export type DpopSettings = z.output<typeof dpopSettings>;

/** An identity provider of one tenant. BEHAVIOUR 3a gives each field's meaning and default. */
export const identityProviderSpec = z
  .strictObject({
    status: z.enum(["enabled", "disabled"]).default("enabled"),
    /** Compared byte for byte with the token's `iss` (RFC 7519 §4.1.1). */
    issuer: absoluteUrl,
    keys: keySource.default({ kind: "discovery" }),
    /** A token's `aud` must contain one of these. */
    audiences: setOf(z.string().min(1).max(255), 50).refine(
      (list) => list.length > 0,
      "name at least one audience: without one every token of the issuer would be accepted",
    ),
    algorithms: setOf(signatureAlgorithm)
      .refine((list) => list.length > 0, "name at least one algorithm")
      .default([...DEFAULT_ALGORITHMS]),
    /** Allowed difference between the IdP's clock and ours, seconds. */
    clockToleranceSeconds: z.int().min(0).max(60, "at most 60 s is allowed").default(30),
    /** `typ` values that are accepted when the header has one (RFC 9068 §2.1; `application/` may precede). */
    tokenTypes: setOf(z.enum(["JWT", "at+jwt"]))
      .refine((list) => list.length > 0, "name at least one token type")
      .default(["JWT", "at+jwt"]),
    requiredClaims: z
      .array(requiredClaim)
      .max(20)
      .transform((list) => [...list].sort((a, b) => (a.claim < b.claim ? -1 : a.claim > b.claim ? 1 : 0)))
      .default([]),
    requiredScopes: setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, "an OAuth scope has no blanks, quotes or backslashes"), 50).default(
      [],
    ),
    /** The claim that names the tenant, and the value that means this one. Without it, the fleet's usual claim must match when it is there. */
    tenantClaim: z
      .strictObject({ claim: claimPath, value: z.string().min(1).max(255) })
      .nullable()
      .default(null),
    /** Only tokens that are bound to the client's certificate count (RFC 8705 §3). Left out: bound ones are held to it, and others count too. */
    requireCertificateBinding: z.boolean().optional(),
    /** Left out: tokens that are bound to a key are held to it all the same, with the defaults, and no challenge offers DPoP. */
    dpop: dpopSettings.optional(),
    /** Null: the IdP is not asked about tokens. */
    introspection: introspectionSettings.nullable().default(null),
    /** Null: nobody signs in with it here; its tokens are another matter. */
    login: loginSettings.nullable().default(null),
    claimMapping: claimMapping.default({ email: "email", roles: "roles", scopes: "scope", organization: "org_id", sessionId: "sid" }),
  })
  .meta({ id: "IdentityProviderSpec" });
export type IdentityProviderSpec = z.output<typeof identityProviderSpec>;

/**
 * An IdP for tenants that declare none of their own (BEHAVIOUR §3). They share it: of each token the claim `tenantClaim` must be the
 * tenant's slug. It has no secrets, so it is neither asked about tokens nor signed in with.
 */
export const defaultIdentityProvider = z
  .strictObject({
    ...identityProviderSpec.pick({
      issuer: true,
      audiences: true,
      algorithms: true,
      clockToleranceSeconds: true,
      tokenTypes: true,
      requiredClaims: true,
      requiredScopes: true,
      claimMapping: true,
    }).shape,
    keys: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("discovery"), url: absoluteUrl.optional() }),
        z.strictObject({ kind: z.literal("jwks"), url: absoluteUrl }),
      ])
      .default({ kind: "discovery" }),
    /** A string in every token that is accepted. */
    tenantClaim: claimPath,
  })
  .meta({ id: "DefaultIdentityProvider" });
export type DefaultIdentityProvider = z.output<typeof defaultIdentityProvider>;

/** What the fleet's default IdP is called at the tenants that use it. */
export const DEFAULT_IDENTITY_PROVIDER_NAME = "default";

/** The default IdP as one of this tenant's own. */
export const defaultIdentityProviderOf = ({ tenantClaim, ...spec }: DefaultIdentityProvider, slug: string): IdentityProviderSpec => ({
  ...spec,
  status: "enabled",
  tenantClaim: { claim: tenantClaim, value: slug },
  introspection: null,
  login: null,
});
