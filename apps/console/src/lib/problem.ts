/** What the console's API says of a failure; all of it optional, because a request may never have reached it. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Paths as in the input, `spec.audiences.0`. */
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  /** On a conflict: what stands now. */
  readonly current: unknown;
  readonly requestId: string | null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Reads the problem out of a tRPC error, or out of a problem+json body. Never throws. */
export function problemOf(error: unknown): Problem {
  const message = (isRecord(error) && (text(error.detail) ?? text(error.message))) || "The console's API did not answer.";
  const data = isRecord(error) && isRecord(error.data) ? error.data : {};
  const problem = isRecord(data.problem) ? data.problem : isRecord(error) ? error : {};
  const issues = Array.isArray(problem.issues) ? problem.issues : Array.isArray(problem.errors) ? problem.errors : [];
  return {
    code: text(problem.code) ?? (isRecord(data) && Object.keys(data).length > 0 ? "unknown" : "unreachable"),
    message,
    issues: issues.flatMap((issue: unknown) =>
      isRecord(issue) && text(issue.message) !== null ? [{ path: text(issue.path) ?? "", message: text(issue.message) ?? "" }] : [],
    ),
    current: problem.current ?? null,
    requestId: text(problem.requestId) ?? text(problem.request_id),
  };
}

/** A problem as one sentence with its request id. */
export function problemText(error: unknown): string {
  const { message, requestId } = problemOf(error);
  return requestId ? `${message} Request ${requestId}.` : message;
}
