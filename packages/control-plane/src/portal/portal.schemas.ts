import { z } from "zod";
import { PORTAL_INTENTS } from "../access/permissions.js";

/** How long a link works and what came of it lasts, days. */
export const MAX_INVITATION_DAYS = 30;

export const createInvitationInput = z.strictObject({
  /** Whom it is for; it names the session in the audit log. */
  recipient: z
    .string()
    .trim()
    .min(1, "is empty; write whom the link is for")
    .max(120, "is too long; a name has at most 120 characters")
    .regex(/^\P{Cc}*$/u, "holds a control character; write a name on one line"),
  intents: z
    .array(z.enum(PORTAL_INTENTS))
    .min(1, "is empty; choose at least one thing that the link is for")
    .max(PORTAL_INTENTS.length, "names something twice; name each once"),
  /** Of the link, and of every session that comes of it. */
  expiresInDays: z.int().min(1).max(MAX_INVITATION_DAYS, `is too long; a link works for at most ${MAX_INVITATION_DAYS} days`).default(7),
});
export type CreateInvitationInput = z.input<typeof createInvitationInput>;

export const invitationId = z.strictObject({ id: z.uuid() });

export const exchangeInvitationInput = z.strictObject({ token: z.string().max(200) });

export const portalGoesLiveInput = z.strictObject({
  /** Published by itself, or left in the draft for an operator. */
  goesLive: z.boolean(),
  /** As the caller saw it. */
  was: z.boolean(),
});
