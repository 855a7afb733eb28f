/** An expected failure: what happened, why, what to do. Ends the program with exit code 1 and no stack. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

/** The text of anything thrown. Node's fetch keeps the reason in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  // Both address families refused: the reasons stand inside, the message is empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

/** `code` of a system error (`ENOENT`), or null. */
export const systemCodeOf = (error: unknown): string | null => (error instanceof Error && "code" in error ? String(error.code) : null);
