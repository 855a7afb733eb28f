import { REVOCATION_KINDS } from "@sallyport/control-plane";
import { z } from "zod";

const when = z.date();

/** What was taken back without a publish. Of a token: what it is known by, never the token. */
export const revocationView = z
  .object({
    id: z.string(),
    /** Null for a node: it serves many. */
    tenant: z.string().nullable(),
    kind: z.enum(REVOCATION_KINDS),
    /** `final`: of API keys, sessions, identity providers' keys and nodes; there is nothing to lift, and nothing runs out. */
    state: z.enum(["in_force", "unpublished", "expired", "lifted", "superseded", "final"]),
    jti: z.string().nullable(),
    issuer: z.string().nullable(),
    /** SHA-256 of what the token signs, hex. */
    digest: z.string().nullable(),
    /** Of a revoked subject, or whose sessions ended; null where all of the tenant's did. */
    subject: z.string().nullable(),
    /** Of the API key, the node, the identity provider whose keys were purged, or the one that the sessions came from. */
    name: z.string().nullable(),
    /** An API key's last four characters. */
    hint: z.string().nullable(),
    /** How many ended; null where the store did not say. */
    sessions: z.number().nullable(),
    issuedBefore: when.nullable(),
    /** Null for a suspension, which lasts until a published revision contains it, and for what is final. */
    expiresAt: when.nullable(),
    /** Null where nobody was asked for one. */
    reason: z.string().nullable(),
    createdAt: when,
    createdByName: z.string(),
    /** The first revision that carries it; null for sessions and nodes, which no revision tells of. */
    revision: z.number().nullable(),
    endedAt: when.nullable(),
    endedByName: z.string().nullable(),
    endedRevision: z.number().nullable(),
    /**
     * Nodes that serve the tenant, those among them where it is in effect, those without it that nobody hears from, and ms until the first
     * and the last said so. Null for sessions, which nodes look up for each request, for nodes, which the control plane refuses itself, and
     * for an API key or a provider's keys that no node had been told of.
     */
    reach: z
      .object({
        inEffect: z.number(),
        nodes: z.number(),
        unreachable: z.number(),
        firstMs: z.number().nullable(),
        lastMs: z.number().nullable(),
      })
      .nullable(),
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
