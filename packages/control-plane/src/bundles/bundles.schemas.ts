import { entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { revisionNumber } from "../publish/publish.schemas.js";

export const bundleInput = z.strictObject({
  /** Node group that the bundle is for. */
  group: entityName,
  /** Absent: what a node that joins the group now would get. */
  revision: revisionNumber.optional(),
  /** Name of an enrolled node of the group: the bundle is for that one alone, and has the key to the revision's secrets, encrypted to it. */
  node: z.string().min(1).max(63).optional(),
});
export type BundleInput = z.input<typeof bundleInput>;
