import { z } from "zod";

/** SHA-256 in base64url. */
const lockoutId = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not a lockout's id; copy it from the list");

/** The newest first; how many there are is in the answer. */
export const listLockoutsInput = z.strictObject({ limit: z.int().min(1).max(500).default(100) });
export const endLockoutInput = z.strictObject({ id: lockoutId });
