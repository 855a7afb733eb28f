import { z } from "zod";

/** Members of every paged list's input; the cursor is the last page's `nextCursor`. */
export const page = {
  cursor: z
    .string()
    .max(1024)
    .nullish()
    .transform((cursor) => cursor ?? undefined),
  limit: z.int().min(1).max(200).default(50),
};

/** The version that the editor saw; another one now is a conflict. */
export const version = z.int().min(1);
