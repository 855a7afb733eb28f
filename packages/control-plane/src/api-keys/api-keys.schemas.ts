import { apiKeyEntry, entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { pageInput } from "../page.js";
import { givenReason } from "../revocations/revocations.schemas.js";

const version = z.int().min(1).optional();
const days = z.int().min(1).max(3_650, "is too long; a key lives for at most 3650 days, or until it is revoked").nullable();

export const listApiKeysInput = z.strictObject({
  ...pageInput,
  /** `live`: works, or would if it had not expired. Revoked ones are shown for 90 days. */
  show: z.enum(["live", "revoked"]).default("live"),
});
export const apiKeyName = z.strictObject({ name: entityName });
export const createApiKeyInput = z.strictObject({
  /** What it is called; free again once the key is revoked. */
  name: entityName,
  /** Who calls with it, as upstreams see it; `api-key/<name>` when left out. */
  subject: apiKeyEntry.shape.subject.optional(),
  scopes: apiKeyEntry.shape.scopes.default([]),
  /** Null: until it is revoked. */
  expiresInDays: days.default(365),
});
export const rotateApiKeyInput = z.strictObject({
  /** How long the replaced key works beside the new one, s; 0 ends it at once. */
  overlapSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400, "is too long; both keys work for at most 30 days")
    .default(86_400),
  /** The new key's life; as long as the replaced one's was when left out. Null: until it is revoked. */
  expiresInDays: days.optional(),
  /** The version that the caller saw; left out, whatever stands. */
  version,
});
/** Of a key that is ended. */
export const endApiKeyInput = z.strictObject({ version, reason: givenReason });
