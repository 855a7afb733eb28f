import { SECRET_TYPES } from "@sallyport/snapshot";
import { z } from "zod";

const when = z.date();

/** What may be told of a secret; its value has no place here. */
export const secretFacts = z
  .object({
    name: z.string(),
    type: z.enum(SECRET_TYPES),
    hasValue: z.boolean(),
    valueVersion: z.number().nullable(),
    setAt: when.nullable(),
    setByName: z.string().nullable(),
    usedBy: z.array(z.string()).readonly(),
  })
  .meta({ id: "SecretFacts" });

/** What may be told of a tenant's API key; neither the key nor its hash has a place here. */
export const apiKeyView = z
  .object({
    name: z.string(),
    subject: z.string(),
    scopes: z.array(z.string()).readonly(),
    /** The key's last four characters. */
    hint: z.string(),
    version: z.number(),
    createdAt: when,
    createdByName: z.string(),
    keyMadeAt: when,
    /** Null: until it is revoked. */
    expiresAt: when.nullable(),
    lastUsedAt: when.nullable(),
    /** The key that was replaced and still works. */
    previous: z.object({ hint: z.string(), until: when, lastUsedAt: when.nullable() }).nullable(),
    revokedAt: when.nullable(),
    revokedByName: z.string().nullable(),
  })
  .meta({ id: "ApiKey" });
export const newApiKey = apiKeyView.extend({ key: z.string() }).meta({ id: "NewApiKey" });

export const tenantSessionView = z
  .object({
    /** What upstreams get as `X-Session-Id`. */
    id: z.string(),
    identityProvider: z.string(),
    issuer: z.string(),
    subject: z.string(),
    createdAt: when,
    /** Noted at most once in the fleet's `sessions.extendEverySeconds`. */
    lastUsedAt: when,
    expiresAt: when,
  })
  .meta({ id: "TenantSession" });
