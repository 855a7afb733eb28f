import { tenantSlug } from "@sallyport/snapshot";
import { SECURITY_EVENT_KINDS, SEVERITIES } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { pageInput } from "../page.js";

export const listAlertsInput = z.strictObject({
  ...pageInput,
  status: z.enum(["open", "acknowledged", "closed"]).optional(),
  /** Open and acknowledged ones: those that need somebody. */
  needsSomebody: z.boolean().optional(),
  /** Those that are assigned to the caller. */
  mine: z.boolean().optional(),
  kind: z.enum(SECURITY_EVENT_KINDS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  /** The tenant that was asked for, or whose token it was. */
  tenant: tenantSlug.optional(),
  /** Part of the title, the kind or a tenant, or the number, `A-17`. */
  query: z.string().trim().max(200).optional(),
});

/** What the column can hold. */
export const alertNumber = z.int().min(1).max(2_147_483_647);
const number = alertNumber;
const note = z.string().trim().max(2_000);
const version = z.int().min(1);

export const acknowledgeAlertInput = z.strictObject({ number, version, note: note.optional() });
export const closeAlertInput = z.strictObject({ number, version, reason: note.min(1, "say why it needs nobody any more") });
export const reopenAlertInput = z.strictObject({ number, version, note: note.optional() });
export const assignAlertInput = z.strictObject({ number, version, personId: z.uuid().nullable() });

/** Many at once: each that is in a state for it is changed, the others are named in the answer. */
export const bulkAlertsInput = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("acknowledge"), numbers: z.array(number).min(1).max(200), note: note.optional() }),
  z.strictObject({ action: z.literal("close"), numbers: z.array(number).min(1).max(200), reason: note.min(1, "say why they need nobody any more") }),
  z.strictObject({ action: z.literal("reopen"), numbers: z.array(number).min(1).max(200), note: note.optional() }),
]);

export const alertHistogramInput = z
  .strictObject({ from: z.date(), to: z.date(), buckets: z.int().min(1).max(500).default(60) })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "must be after the beginning" })
  .refine(({ from, to }) => to.getTime() - from.getTime() <= 92 * 86_400_000, { path: ["from"], message: "at most 92 days at once" });
