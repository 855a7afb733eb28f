import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { documentSource } from "./document-sources.js";

/**
 * `version: null` makes a new object; a number must be the version that stands. The spec is checked by its kind. `source` is the document as its
 * author wrote it; null forgets it, and what is left out leaves it as it is.
 */
export const putObjectInput = z.strictObject({
  spec: z.unknown(),
  version: z.int().min(1).nullable(),
  source: documentSource.nullable().optional(),
});
export const removeObjectInput = z.strictObject({ version: z.int().min(1) });
export const objectName = z.strictObject({ name: entityName });
