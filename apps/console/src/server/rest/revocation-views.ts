import { z } from "zod";

const when = z.date();

/** What nodes refuse without a publish. Of a token: what it is known by, never the token. */
export const revocationView = z
  .object({
    id: z.string(),
    tenant: z.string(),
    kind: z.enum(["token", "subject", "suspension"]),
    state: z.enum(["in_force", "unpublished", "expired", "lifted", "superseded"]),
    jti: z.string().nullable(),
    issuer: z.string().nullable(),
    /** SHA-256 of what the token signs, hex. */
    digest: z.string().nullable(),
    subject: z.string().nullable(),
    issuedBefore: when.nullable(),
    /** Null for a suspension: it lasts until a published revision contains it. */
    expiresAt: when.nullable(),
    reason: z.string(),
    createdAt: when,
    createdByName: z.string(),
    /** The first revision that carries it. */
    revision: z.number().nullable(),
    endedAt: when.nullable(),
    endedByName: z.string().nullable(),
    endedRevision: z.number().nullable(),
    /** Nodes that serve the tenant, those among them where it is in effect, and those without it that nobody hears from. */
    reach: z.object({ inEffect: z.number(), nodes: z.number(), unreachable: z.number() }),
  })
  .meta({ id: "Revocation" });

export const revocationDetail = revocationView
  .extend({
    nodes: z
      .array(
        z.object({
          name: z.string(),
          group: z.string(),
          state: z.enum(["in_effect", "waiting", "refused", "unreachable"]),
          at: when.nullable(),
          /** From the revocation to the node's report, ms; null for a node that joined later. */
          tookMs: z.number().nullable(),
          lastSeenAt: when.nullable(),
          error: z.string().nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "RevocationDetail" });
