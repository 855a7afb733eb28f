import type { RateLimitFields } from "@sallyport/snapshot";
import type { LimitedBy } from "./decision.js";
import type { DenyCode } from "./deny-codes.js";

interface RefusalFacts {
  readonly requiredScopes?: readonly string[];
  readonly allowedMethods?: readonly string[];
  readonly clearCookie?: string;
  readonly loginPath?: string;
  readonly retryAfterSeconds?: number;
  readonly rateLimitFields?: RateLimitFields;
  readonly limitedBy?: LimitedBy;
}

/** What a stage answers instead of its result when the request must not go on. */
export class Refusal {
  readonly code: DenyCode;
  /** For logs and the debugger, never for the client. */
  readonly detail: string;
  readonly facts: RefusalFacts | undefined;

  constructor(code: DenyCode, detail: string, facts?: RefusalFacts) {
    this.code = code;
    this.detail = detail;
    this.facts = facts;
  }
}
