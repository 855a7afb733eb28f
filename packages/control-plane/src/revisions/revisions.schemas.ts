import { z } from "zod";
import { pageInput } from "../page.js";
import { revisionNumber } from "../publish/publish.schemas.js";

export const revisionsInput = z.strictObject(pageInput);
export const revisionSectionInput = z.strictObject({ number: revisionNumber, section: z.string().max(128) });
