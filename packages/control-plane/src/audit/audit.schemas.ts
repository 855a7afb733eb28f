import { z } from "zod";
import { pageInput } from "../page.js";

export const listAuditInput = z.strictObject({
  ...pageInput,
  /** Part of the actor's name, or the exact id. */
  actor: z.string().trim().min(1).max(200).optional(),
  /** An action (`route.update`), or a noun (`route`) for all of its actions. */
  action: z.string().trim().min(1).max(80).optional(),
  /** Part of the target's name, or `Kind/name`. */
  target: z.string().trim().min(1).max(200).optional(),
  /** Slug. */
  tenant: z.string().trim().min(1).max(63).optional(),
  from: z.date().optional(),
  to: z.date().optional(),
});
