import { z } from "zod";

/** Typed by whoever publishes without the approval that is asked for. */
export const BREAK_GLASS_WORD = "publish without approval";

const reason = z.string().trim().min(10, "say in one sentence why").max(500, "at most 500 characters");

export const breakGlass = z.strictObject({ confirm: z.string().max(200), reason });

/** What is decided on. */
export const requestId = z.int().min(1).max(2_147_483_647);
export const approveInput = z.strictObject({ id: requestId });
export const rejectInput = z.strictObject({ id: requestId, reason });

/** `was` is what the editor saw. */
export const requireApprovalInput = z.strictObject({ required: z.boolean(), was: z.boolean() });
