import "server-only";
import { type FieldIssue, ServiceError, type ServiceErrorCode } from "@sallyport/control-plane";
import { TRPCError } from "@trpc/server";
import { knownProblem } from "@/server/http/problem";

/** tRPC's code for each service error; completed by the compiler. */
const TRPC_CODES = {
  not_found: "NOT_FOUND",
  forbidden: "FORBIDDEN",
  unauthenticated: "UNAUTHORIZED",
  invalid: "UNPROCESSABLE_CONTENT",
  conflict: "CONFLICT",
  precondition: "PRECONDITION_FAILED",
  unconfirmed: "PRECONDITION_FAILED",
  too_many_attempts: "TOO_MANY_REQUESTS",
  not_configured: "PRECONDITION_FAILED",
  unavailable: "SERVICE_UNAVAILABLE",
} as const satisfies Record<ServiceErrorCode, TRPCError["code"]>;

/** What the browser learns of a failure, as `error.data.problem`. */
export interface ErrorData {
  readonly code: string;
  /** Fields that are wrong; paths as in the input, `spec.audiences.0`. */
  readonly issues: readonly FieldIssue[];
  /** On a conflict: what stands now. */
  readonly current: unknown;
  readonly retryAfterSeconds: number | null;
  /** Null where the request failed before it got one. */
  readonly requestId: string | null;
}

/** The one mapping of services' errors to tRPC's; all others stay what they are. */
export function mappedError(error: TRPCError): TRPCError {
  const { cause } = error;
  if (cause instanceof ServiceError) return new TRPCError({ code: TRPC_CODES[cause.code], message: cause.message, cause });
  return knownProblem(cause)?.status === 503 ? new TRPCError({ code: "SERVICE_UNAVAILABLE", message: error.message, cause }) : error;
}

/** The message and data that leave the server; an unexpected error says nothing of itself (the log does). */
export function publicError(error: TRPCError, requestId: string | null): { message: string; problem: ErrorData } {
  const known = knownProblem(error.cause);
  const unexpected = !known && error.code === "INTERNAL_SERVER_ERROR";
  return {
    message: known?.detail ?? (unexpected ? "Something went wrong here. Try again." : error.message),
    problem: {
      code: known?.code ?? error.code.toLowerCase(),
      issues: known?.issues ?? [],
      current: known?.current ?? null,
      retryAfterSeconds: known?.retryAfterSeconds ?? null,
      requestId,
    },
  };
}
