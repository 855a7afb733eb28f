import { z } from "zod";
import { entityName, sha256Hex, tenantSlug } from "./names.js";

/** Revocations of one kind that a tenant has in force at once: what keeps a tenant's section small. */
export const MAX_REVOCATIONS = 1_000;

/** `sub` of a token as nodes take it (SECURITY §1.5): 1–255 printable ASCII characters, no blank at either end. */
export const revokedSubjectName = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/, "use 1–255 printable ASCII characters without a blank at either end");
/** RFC 7519 §4.1.1: whose `jti` it is. No issuer holds a control character. */
export const revokedIssuer = z
  .string()
  .min(1)
  .max(2_048)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out.
  .regex(/^[^\x00-\x1f\x7f]+$/, "must not hold control characters");
/** RFC 7519 §4.1.7: compared character by character, in the issuer's name only. */
export const revokedJti = z.string().min(1).max(512);

/** Seconds since the epoch. From then on the revocation counts for nothing. */
const expiresAt = z.int().min(0);

/**
 * One token. By `jti`, or by the SHA-256 of `header.payload`: a signature has more than one valid form, what it signs has one. Of a token
 * that is no JWT it is the SHA-256 of the whole.
 */
export const revokedToken = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("jti"), issuer: revokedIssuer, jti: revokedJti, expiresAt }),
  z.strictObject({ by: z.literal("digest"), digest: sha256Hex, expiresAt }),
]);

/** All tokens of a subject that were issued before a moment, and those that do not say when. */
export const revokedSubject = z.strictObject({
  subject: revokedSubjectName,
  /** Seconds since the epoch: a token with an earlier `iat`, or with none, is refused. */
  issuedBefore: z.int().min(0),
  expiresAt,
});

/**
 * An API key that was taken back. The keys that nodes take have it no more, so that it is refused like any text; by this they tell who still
 * presents it.
 */
export const revokedApiKey = z.strictObject({ name: entityName, digest: sha256Hex, expiresAt });

/**
 * What takes effect at the nodes without a publish, of one tenant. Installation data, carried by every revision until it expires or is
 * lifted, so that a node that starts later has it too.
 */
export const revocationsSection = z.strictObject({
  kind: z.literal("revocations"),
  tenant: tenantSlug,
  /** Every request is refused, whatever the declared status says. */
  suspended: z.boolean(),
  tokens: z.array(revokedToken).max(MAX_REVOCATIONS),
  subjects: z.array(revokedSubject).max(MAX_REVOCATIONS),
  /** Left out where there is none: the section is then the one that it was before nodes were told of them. */
  apiKeys: z.array(revokedApiKey).min(1).max(MAX_REVOCATIONS).optional(),
});
export type RevocationsSection = z.output<typeof revocationsSection>;
