import { entityName, signatureAlgorithm } from "@sallyport/snapshot";
import { z } from "zod";
import { givenReason } from "../revocations/revocations.schemas.js";

/** What is known of the provider: one of the three; and, where there is one already, the form's spec, finished or not. */
export const checkIdentityProviderInput = z
  .strictObject({
    issuer: z.string().trim().min(1).max(2_048).optional(),
    /** Of the discovery document. */
    url: z.string().trim().min(1).max(2_048).optional(),
    /** Or whatever was typed into the one field: an issuer, a document's URL, a domain. */
    domain: z.string().trim().min(1).max(2_048).optional(),
    /** A registered provider: the result is kept with it. */
    name: entityName.optional(),
    spec: z
      .looseObject({
        audiences: z.array(z.string()).optional().catch(undefined),
        algorithms: z.array(signatureAlgorithm).min(1).optional().catch(undefined),
        introspection: z.object({ endpoint: z.string().optional() }).nullable().optional().catch(undefined),
        tenantClaim: z.object({ claim: z.string(), value: z.string() }).nullable().optional().catch(undefined),
      })
      .optional(),
  })
  .refine(({ issuer, url, domain }) => [issuer, url, domain].filter((given) => given !== undefined).length === 1, {
    path: ["issuer"],
    error: "must stand alone: give an issuer, a discovery URL or a domain, one of the three",
  });

export const createIdentityProviderInput = z.strictObject({ name: entityName, spec: z.unknown() });

/** Which provider's keys nodes are to forget. */
export const purgeKeysInput = z.strictObject({ name: entityName, reason: givenReason });
