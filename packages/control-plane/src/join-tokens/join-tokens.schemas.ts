import { entityName } from "@sallyport/snapshot";
import { z } from "zod";

const MAX_MINUTES = 30 * 24 * 60;

export const createJoinTokenInput = z.strictObject({
  /** Name of the node group that the node joins. */
  group: entityName,
  /** For people, to tell tokens apart. */
  label: z.string().trim().min(1, "say what the token is for").max(120),
  /** `one_off` works once; `reusable` for as long as it lives (autoscaling groups). */
  kind: z.enum(["one_off", "reusable"]).default("one_off"),
  expiresInMinutes: z.int().min(1).max(MAX_MINUTES, "at most 30 days").default(15),
});
export type CreateJoinTokenInput = z.input<typeof createJoinTokenInput>;

export const joinTokenId = z.strictObject({ id: z.uuid() });
