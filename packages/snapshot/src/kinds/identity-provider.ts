import { z } from "zod";
import { setOf } from "../names.js";

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
]);

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
    claimMapping: claimMapping.default({ email: "email", roles: "roles", scopes: "scope", organization: "org_id", sessionId: "sid" }),
  })
  .meta({ id: "IdentityProviderSpec" });
export type IdentityProviderSpec = z.output<typeof identityProviderSpec>;
