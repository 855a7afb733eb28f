import { z } from "zod";
import { entityName, headerName, hostname, setOf, tenantSlug } from "../names.js";

/** Refusals that a request and its credential bring about by themselves, whatever is counted, stored or out of reach. */
export const POLICY_TEST_CODES = [
  "bad_request",
  "ambiguous_credential",
  "tenant_not_identified",
  "tenant_conflict",
  "tenant_not_found",
  "tenant_suspended",
  "route_not_found",
  "method_not_allowed",
  "route_denied",
  "upgrade_not_allowed",
  "missing_token",
  "invalid_token",
  "token_expired",
  "unknown_signing_key",
  "invalid_claims",
  "inactive_token",
  "invalid_dpop_proof",
  "missing_api_key",
  "invalid_api_key",
  "no_session",
  "missing_client_certificate",
  "insufficient_scope",
  "tenant_mismatch",
  "target_too_long",
  "header_fields_too_large",
] as const;
export type PolicyTestCode = (typeof POLICY_TEST_CODES)[number];

/** What can be wrong with a token besides its claims. */
export const TOKEN_FLAWS = ["expired", "not_yet_valid", "wrong_audience", "bad_signature", "unknown_key"] as const;
export type TokenFlaw = (typeof TOKEN_FLAWS)[number];

/** Any value that a claim can have. */
const claimValue = z.json().meta({ id: "ClaimValue" });

/** Laid over what the provider gives to everybody; `null` takes a claim away. */
const claims = z.record(z.string().min(1).max(255), claimValue).refine((all) => Object.keys(all).length <= 50, "at most 50 claims");

const scopes = setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, "an OAuth scope has no blanks, quotes or backslashes"), 50);

/** What the request shows of its caller. Keys are made for the test; no provider is asked and no credential of anybody is used. */
export const policyTestCredential = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  /**
   * A JWT that the provider has signed: with its issuer, the first of its audiences, the subject `policy-test`, its tenant claim, and five
   * minutes of life. All else that a route asks for is the test's to say.
   */
  z.strictObject({
    kind: z.literal("token"),
    identityProvider: entityName,
    claims: claims.default({}),
    flaw: z.enum(TOKEN_FLAWS).optional(),
  }),
  /** A token that says nothing itself; the provider, where it is asked about tokens, answers with the same claims. */
  z.strictObject({
    kind: z.literal("opaque_token"),
    identityProvider: entityName,
    active: z.boolean().default(true),
    claims: claims.default({}),
  }),
  /** Somebody signed in with this provider. */
  z.strictObject({ kind: z.literal("session"), identityProvider: entityName, claims: claims.default({}), scopes: scopes.default([]) }),
  z.strictObject({ kind: z.literal("api_key"), scopes: scopes.default([]) }),
  /** A good token of another tenant: of the one that is named, which only a test of the whole fleet may do, else of the first that has one. */
  z.strictObject({ kind: z.literal("foreign_token"), tenant: tenantSlug.optional() }),
  /** A good API key of another tenant, in the same way. */
  z.strictObject({ kind: z.literal("foreign_api_key"), tenant: tenantSlug.optional() }),
]);
export type PolicyTestCredential = z.output<typeof policyTestCredential>;

const headerText = z
  .string()
  .max(1024)
  .regex(/^[\x20-\x7e]*$/, "use printable ASCII");

/** What the upstream must be sent; `null` means that the header must not be there. */
const sentHeader = z.strictObject({ name: headerName, value: headerText.nullable() });

export const policyTestExpectation = z.discriminatedUnion("outcome", [
  z.strictObject({
    outcome: z.literal("allow"),
    /** Name of the route that must take the request. */
    route: entityName.optional(),
    /** Slug of the tenant that it must be for. */
    tenant: tenantSlug.optional(),
    /** Who must be known as its caller; `null`: nobody. */
    subject: z.string().min(1).max(255).nullable().optional(),
    headers: z.array(sentHeader).max(20).default([]),
  }),
  z.strictObject({ outcome: z.literal("deny"), code: z.enum(POLICY_TEST_CODES), route: entityName.optional() }),
]);
export type PolicyTestExpectation = z.output<typeof policyTestExpectation>;

/**
 * A request, and what must become of it. It is decided before each publish by the code that nodes run, on what would be published; nodes
 * never get it. One of the whole fleet names a tenant or a host, or else holds for each tenant.
 */
export const policyTestSpec = z
  .strictObject({
    /** What it guards, in one sentence: whoever it holds up reads it. */
    description: z.string().trim().min(1).max(300).optional(),
    request: z
      .strictObject({
        method: z
          .string()
          .regex(/^[A-Z]{1,20}$/, "write methods in capitals")
          .default("GET"),
        /** Path and query, as the client writes them; without what the fleet's settings put in front to name the tenant. */
        path: z
          .string()
          .max(4096)
          .regex(/^\/[\x21\x24-\x7e]*$/, "begin with '/', and use printable ASCII without blanks, quotes and '#'")
          .default("/"),
        /** Left out: the request names its tenant in the way that the fleet's settings believe first. */
        host: hostname.optional(),
        /** Of a test of the whole fleet: the tenant that the request is for. */
        tenant: tenantSlug.optional(),
        headers: z
          .array(z.strictObject({ name: headerName, value: headerText }))
          .max(20)
          .default([]),
      })
      .default({ method: "GET", path: "/", headers: [] }),
    credential: policyTestCredential.default({ kind: "none" }),
    expect: policyTestExpectation,
  })
  .meta({ id: "PolicyTestSpec" });
export type PolicyTestSpec = z.output<typeof policyTestSpec>;
