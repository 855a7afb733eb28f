/** Why an exchange with an upstream came to nothing. */
export type UpstreamErrorCode =
  /** The head of the answer, or its next bytes, did not come in time. */
  | "UPSTREAM_HEAD_TIMEOUT"
  | "UPSTREAM_BODY_TIMEOUT"
  /** The connection ended before the answer did. */
  | "UPSTREAM_CLOSED"
  /** What came is no HTTP/1.1 answer that means one thing to everybody. */
  | "UPSTREAM_MALFORMED"
  /** What was to be sent is no request: never the upstream's doing. */
  | "UPSTREAM_REQUEST_INVALID"
  /** Broken off from this side. */
  | "UPSTREAM_ABORTED";

export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly code: UpstreamErrorCode;
  constructor(code: UpstreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const malformed = (message: string): UpstreamError => new UpstreamError("UPSTREAM_MALFORMED", message);
