import { entityName, secretValue } from "@sallyport/snapshot";
import { z } from "zod";

/** The value alone: it can be set, and never be read. */
export const setSecretInput = z.strictObject({ value: secretValue });
export const secretName = z.strictObject({ name: entityName });
