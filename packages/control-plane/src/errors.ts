/** Stable codes that tRPC and REST map to their own; nothing below them knows of HTTP (STYLE §2.19). */
export type ServiceErrorCode =
  /** Not there, or not the caller's: the same answer for both (DESIGN §7). */
  | "not_found"
  /** Signed in, but the role does not allow it. */
  | "forbidden"
  | "unauthenticated"
  /** A field is wrong; `issues` names each. */
  | "invalid"
  /** Somebody else saved first, or the base revision moved on; `current` has what stands now. */
  | "conflict"
  /** The state does not allow it (an alert already closed, a token already used …). */
  | "precondition"
  /** It weakens or opens something, and nobody has said that this is meant; `current` has what to acknowledge and what to type. */
  | "unconfirmed"
  | "too_many_attempts"
  /** The installation lacks something that its operator can give it; the message says what. */
  | "not_configured"
  /** Something that the service depends on does not answer. */
  | "unavailable";

/** One wrong field: where, why, and what to do. */
export interface FieldIssue {
  /** Path into the input, `spec.audiences.0`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

const SERVICE_ERROR: unique symbol = Symbol.for("sallyport.ServiceError");

/** Every expected failure of a service. The message is for people: what happened, why, what to do. */
export class ServiceError extends Error {
  readonly [SERVICE_ERROR] = true;
  readonly code: ServiceErrorCode;
  readonly issues: readonly FieldIssue[];
  readonly current: unknown;
  readonly retryAfterSeconds: number | null;

  constructor(code: ServiceErrorCode, message: string, more: { issues?: readonly FieldIssue[]; current?: unknown; retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.issues = more.issues ?? [];
    this.current = more.current;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }

  /** By brand: a bundler may give one process several copies of this class, and what one throws another must know. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && SERVICE_ERROR in value;
  }
}

export const notFound = (what: string): ServiceError => new ServiceError("not_found", `There is no such ${what}, or it is not yours to see.`);
