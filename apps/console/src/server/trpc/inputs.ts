import "server-only";
import { parseInput } from "@sallyport/control-plane";
import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";

/** A schema as tRPC takes it, told in the services' words when it does not fit: field, reason, remedy. */
interface Parser<S extends z.ZodType> {
  readonly _input: z.input<S>;
  readonly _output: z.output<S>;
  parse(raw: unknown): z.output<S>;
}

/** @throws ServiceError `invalid`, when called */
export function parsed<S extends z.ZodType>(schema: S): Parser<S> {
  // The two underscored members carry types only; tRPC never reads them.
  return { parse: (raw: unknown) => parseInput(schema, raw) } as Parser<S>;
}

/** Input of a procedure. */
export const fields = <T extends z.ZodRawShape>(shape: T) => parsed(z.strictObject(shape));

/** Input of a procedure on one tenant: its slug stands beside the rest. */
export const tenantFields = <T extends z.ZodRawShape>(shape: T) => parsed(z.strictObject({ slug: tenantSlug, ...shape }));

/** Members of every paged list's input; the cursor is the last page's `nextCursor`. */
export const page = {
  cursor: z.string().max(1024).optional(),
  limit: z.int().min(1).max(200).default(50),
};
