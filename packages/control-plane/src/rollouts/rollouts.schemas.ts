import { z } from "zod";
import { pageInput } from "../page.js";
import { revisionNumber } from "../publish/publish.schemas.js";

export const rolloutsInput = z.strictObject(pageInput);
/** A rollout is known by the number of the revision that was published with it. */
export const rolloutNumber = z.strictObject({ revision: revisionNumber });
