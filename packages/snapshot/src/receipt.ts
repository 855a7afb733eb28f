import { z } from "zod";
import { entityName, sha256Hex } from "./names.js";

/** `typ` of a signed receipt: no other signature of the control plane's key can stand in its place. */
export const RECEIPT_TYP = "sallyport-receipt+jws";

const moment = z.iso.datetime();

/**
 * What the control plane signs about one revision (Ed25519, compact JWS): what was published, by whom, and what became of it at each node
 * up to `issuedAt`. It says what nodes reported, each over its own authenticated connection.
 */
export const revisionReceipt = z.strictObject({
  /** Id of the installation. */
  fleet: z.uuid(),
  revision: z.int().min(1),
  epoch: z.int().min(1),
  /** The revision before it; 0 for the first. */
  parent: z.int().min(0),
  /** Over everything declared. */
  rootHash: sha256Hex,
  comment: z.string(),
  author: z.string(),
  publishedAt: moment,
  rolledBackFrom: z.int().min(1).nullable(),
  reissueOf: z.int().min(1).nullable(),
  /** What each node group was offered. */
  groups: z.array(
    z.strictObject({
      name: entityName,
      schemaVersion: z.int().min(1),
      rootHash: sha256Hex,
      /** When all of its nodes that were connected at the publishing had it; null while that is not so. */
      liveAt: moment.nullable(),
    }),
  ),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      group: entityName,
      /** `pending`: no report of this revision, also where the node went on to a later one at once. */
      state: z.enum(["pending", "applied", "refused"]),
      appliedAt: moment.nullable(),
      /** From delivery to swap, ms. */
      applyMs: z.number().min(0).nullable(),
      errors: z.array(z.strictObject({ code: z.string(), path: z.string(), message: z.string() })),
    }),
  ),
  issuedAt: moment,
});
export type RevisionReceipt = z.output<typeof revisionReceipt>;
