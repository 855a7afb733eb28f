import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { PERMISSIONS } from "../access/permissions.js";

export const createApiTokenInput = z.strictObject({
  name: z.string().trim().min(1, "is empty; say what the token is for").max(80),
  scopes: z
    .array(z.enum(PERMISSIONS))
    .min(1, "is empty; choose at least one permission")
    .transform((scopes) => [...new Set(scopes)].sort()),
  /** Limits the token to one tenant. */
  tenantSlug: tenantSlug.optional(),
  expiresInDays: z.int().min(1).max(365, "is too long; a token lives for at most 365 days").default(90),
});
export const revokeApiTokenInput = z.strictObject({ id: z.uuid() });
