import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";
import { documentSource } from "../objects/document-sources.js";

export const dumpConfigInput = z.strictObject({ tenant: tenantSlug.optional() });

/** Documents are checked one by one, so that each issue names its document. */
const documents = z.array(z.unknown()).max(200_000);

/**
 * `prune` deletes what the files leave out, of what they own: a `Tenant` document owns everything inside that tenant,
 * the `Fleet` document owns the fleet-wide policies, the node groups and the list of tenants.
 */
export const planConfigInput = z.strictObject({ documents, prune: z.boolean().default(false) });
export const applyConfigInput = z.strictObject({
  documents,
  /** What the authors wrote, in the order of the documents; null where nothing is worth keeping. Left out: what is kept stays. */
  sources: z.array(documentSource.nullable()).max(200_000).optional(),
  prune: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});
