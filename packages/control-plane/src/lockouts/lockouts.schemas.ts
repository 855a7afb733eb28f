import { LOCKOUT_KINDS } from "@sallyport/state-store";
import { z } from "zod";

/** SHA-256 in base64url. */
const lockoutId = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not a lockout's id; copy it from the list");

/** The newest first; how many there are is in the answer. */
export const listLockoutsInput = z.strictObject({ limit: z.int().min(1).max(500).default(100) });
/** The same of all tenants: of one, of those that keep out alike, or with this in their address or username. */
export const findLockoutsInput = z.strictObject({
  tenant: z.string().min(1).max(63).optional(),
  kind: z.enum(LOCKOUT_KINDS).optional(),
  /** A part, or a whole address: of IPv6, any within the /64 that is locked out. */
  search: z.string().trim().min(1).max(255).optional(),
  limit: listLockoutsInput.shape.limit,
});
/** All that are looked for so, at every tenant. */
export const endFoundLockoutsInput = findLockoutsInput
  .omit({ limit: true })
  .refine(
    ({ tenant, kind, search }) => tenant !== undefined || kind !== undefined || search !== undefined,
    "say which: a tenant, a kind, or a search",
  );
export const endLockoutInput = z.strictObject({ id: lockoutId });
