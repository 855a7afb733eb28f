import { z } from "zod";
import { ServiceError } from "./errors.js";

/** One page of a keyset-paged list. */
export interface Page<T> {
  readonly items: T[];
  /** Hand it back as `cursor`; null at the end. Opaque. */
  readonly nextCursor: string | null;
  /** Rows that match, where counting is cheap. */
  readonly total?: number;
}

/** Members of every paged list's input. */
export const pageInput = {
  cursor: z.string().max(1024).optional(),
  /** Rows a page. */
  limit: z.int().min(1).max(200).default(50),
};

/** The last row's sort values as an opaque cursor. */
export const encodeCursor = (values: readonly (string | number)[]): string => Buffer.from(JSON.stringify(values)).toString("base64url");

/**
 * @param shape the sort values that the list put in
 * @throws ServiceError `invalid` for anything that `encodeCursor` did not make for this list
 */
export function decodeCursor<T>(cursor: string, shape: z.ZodType<T>): T {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    values = undefined;
  }
  const parsed = shape.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new ServiceError("invalid", "The page's cursor is not one of this list's. Begin again at the first page.", {
    issues: [{ path: "cursor", message: "is not a cursor of this list; leave it out to begin again" }],
  });
}

/** Cuts the one row too many that tells whether a next page exists. */
export function pageOf<R, T>(rows: readonly R[], limit: number, cursorOf: (row: R) => string, toItem: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(toItem), nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** `%`, `_` and `\` are wildcards to LIKE, and ordinary characters to people. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, "\\$&");
