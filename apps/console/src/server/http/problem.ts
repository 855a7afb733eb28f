import "server-only";
import { type FieldIssue, ServiceError, type ServiceErrorCode } from "@sallyport/control-plane";
import { ZodError } from "zod";
import { BodyError } from "@/server/http/read-json";
import { log } from "@/server/log";

/** HTTP status and title of each service error; completed by the compiler. */
export const PROBLEMS = {
  not_found: { status: 404, title: "Not found" },
  forbidden: { status: 403, title: "Not allowed" },
  unauthenticated: { status: 401, title: "Sign in first" },
  invalid: { status: 422, title: "Something in the request is wrong" },
  conflict: { status: 409, title: "Somebody else was faster" },
  precondition: { status: 409, title: "Not in this state" },
  unconfirmed: { status: 409, title: "Not said to be meant" },
  too_many_attempts: { status: 429, title: "Too many attempts" },
  not_configured: { status: 409, title: "Not set up here" },
  unavailable: { status: 503, title: "Does not answer" },
} as const satisfies Record<ServiceErrorCode, { status: number; title: string }>;

/** What REST, sign-in and node endpoints answer when they refuse (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly issues?: readonly FieldIssue[];
  readonly current?: unknown;
  readonly retryAfterSeconds?: number | null;
}

/** What goes back over HTTP, whoever writes it. Header names in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `application/problem+json` with the request id, so that an operator finds the log lines. */
export function problemAnswer(problem: Problem, requestId: string, headers: Record<string, string> = {}): Answer {
  const { retryAfterSeconds, issues, ...body } = problem;
  return {
    status: problem.status,
    body: JSON.stringify({ type: "about:blank", ...body, ...(issues && issues.length > 0 ? { issues } : {}), request_id: requestId }),
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": requestId,
      ...(problem.status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {}),
      ...headers,
    },
  };
}

/** The same as a `Response`. */
export function problemResponse(problem: Problem, requestId: string, more: Record<string, string> = {}): Response {
  const { status, headers, body } = problemAnswer(problem, requestId, more);
  return new Response(typeof body === "string" ? body : new Uint8Array(body), { status, headers });
}

const AWAY: Problem = {
  status: 503,
  code: "unavailable",
  title: "The database cannot be reached",
  detail: "Nothing was changed. Gateways go on serving with what they have; try again in a moment.",
  retryAfterSeconds: 2,
};
/** Prisma's codes for a server that is away, slow to connect, or hung up. */
const AWAY_CODES = new Set(["P1001", "P1002", "P1008", "P1017", "P2024"]);

const isDatabaseAway = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === "PrismaClientInitializationError" || ("code" in error && typeof error.code === "string" && AWAY_CODES.has(error.code)));

/** What a known failure means over HTTP; null for what nobody expected. */
export function knownProblem(error: unknown): Problem | null {
  if (error instanceof ServiceError)
    return {
      ...PROBLEMS[error.code],
      code: error.code,
      detail: error.message,
      issues: error.issues,
      ...(error.current === undefined ? {} : { current: error.current }),
      retryAfterSeconds: error.retryAfterSeconds,
    };
  if (error instanceof BodyError)
    return { status: error.status, code: error.status === 413 ? "too_large" : "invalid", title: "The body cannot be used", detail: error.message };
  if (error instanceof ZodError)
    return {
      ...PROBLEMS.invalid,
      code: "invalid",
      detail: "Correct the fields named in issues.",
      issues: error.issues.map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message })),
    };
  return isDatabaseAway(error) ? AWAY : null;
}

/** Any failure as a problem; what nobody expected is logged, and told as 500 without detail. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = knownProblem(error);
  if (known) return known;
  log.error({ requestId, error }, "a request failed unexpectedly");
  return {
    status: 500,
    code: "internal",
    title: "Something went wrong here",
    detail: `Try again; if it stays, look for ${requestId} in the console's log.`,
  };
}

/** What was thrown, as the answer. */
export const problemFrom = (error: unknown, requestId: string): Response => problemResponse(problemOf(error, requestId), requestId);
