import { revokedIssuer, revokedJti, revokedSubjectName, sha256Hex, tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { pageInput } from "../page.js";
import { REVOCATION_KINDS } from "./revocation-rows.js";

/** For whoever looks at it later: what happened. */
const reason = z.string().trim().min(1, "is missing; say why, for whoever looks at this later").max(500);
/** The same where it may be left out: of what is taken back for good. */
export const givenReason = reason.optional();
/** As nodes take one: longer ones are refused anyway. */
const MAX_TOKEN_CHARACTERS = 65_536;

/** Without an end that is known, a revocation lasts this long, days. It is also the most that can be asked for. */
export const REVOKED_FOR_DAYS = 90;
const expiresAt = z.iso.datetime().optional();

/**
 * One token: pasted, or by `jti` and issuer, or by the SHA-256 of `header.payload` (of the whole, where it is no JWT). A pasted one is
 * hashed and forgotten. Left out, `expiresAt` is the pasted token's own `exp` with the largest clock tolerance, else 90 days from now.
 */
export const revokeTokenInput = z
  .strictObject({
    token: z.string().trim().min(1, "is missing; paste the whole token").max(MAX_TOKEN_CHARACTERS).optional(),
    jti: revokedJti.optional(),
    issuer: revokedIssuer.optional(),
    digest: sha256Hex.optional(),
    expiresAt,
    reason,
  })
  .refine(({ token, jti, digest }) => [token, jti, digest].filter((each) => each !== undefined).length === 1, {
    message: "names no token, or several; give one of token, jti and digest",
    path: ["token"],
  })
  .refine(({ jti, issuer }) => (jti === undefined) === (issuer === undefined), {
    message: "belongs to a jti: of another issuer the same jti is another token",
    path: ["issuer"],
  });

/** All tokens of a subject that were issued before a moment, now when left out, and its sessions that began with them. */
export const revokeSubjectInput = z.strictObject({ subject: revokedSubjectName, issuedBefore: z.iso.datetime().optional(), expiresAt, reason });
export const suspendTenantInput = z.strictObject({ reason });
export const revocationId = z.strictObject({ id: z.uuid() });
/**
 * `in_force`: refused by the revocation itself, at the nodes now or with the tenant's first publish. `past`: expired, lifted, or taken over
 * by a revision. `spreading`: not in effect at every node yet. `all`: these, and what was taken back for good.
 */
export const SHOWN_REVOCATIONS = ["all", "spreading", "in_force", "past"] as const;
export const listRevocationsInput = z.strictObject({
  ...pageInput,
  show: z.enum(SHOWN_REVOCATIONS).default("in_force"),
  kind: z.enum(REVOCATION_KINDS).optional(),
});
export const listAllRevocationsInput = listRevocationsInput.extend({ tenant: tenantSlug.optional() });
