import { entityName } from "@sallyport/snapshot";
import { z } from "zod";

/** Whose keys are looked at, and how far back, hours. */
export const topKeysInput = z.strictObject({ policy: entityName, hours: z.union([z.literal(1), z.literal(24)]).default(1) });
