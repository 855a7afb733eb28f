import { entityName } from "@sallyport/snapshot";
import { z } from "zod";

/** `version: null` makes a new object; a number must be the version that stands. The spec is checked by its kind. */
export const putObjectInput = z.strictObject({ spec: z.unknown(), version: z.int().min(1).nullable() });
export const removeObjectInput = z.strictObject({ version: z.int().min(1) });
export const objectName = z.strictObject({ name: entityName });
