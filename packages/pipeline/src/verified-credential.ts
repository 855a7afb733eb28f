import type { Binding } from "./binding.js";
import type { CompiledPropagation } from "./compiled.js";
import type { Principal } from "./decision.js";

/** Headers that nobody has kept: a request that comes once needs them once. */
export const UNWRITTEN: readonly string[] = [];

/** A credential that held: the seam between authenticating and everything after. */
export class VerifiedCredential {
  readonly principal: Principal;
  /** Without what it does not count; null for a credential that counts by itself. */
  readonly boundTo: Binding | null;
  /** For which policy identity headers were last written for this credential, and, from the second time on, which. */
  headersFor: CompiledPropagation | null = null;
  headers: readonly string[] = UNWRITTEN;

  constructor(principal: Principal, boundTo: Binding | null = null) {
    this.principal = principal;
    this.boundTo = boundTo;
  }
}

/**
 * A credential that could not be judged, on a route whose operator lets such requests pass (`PASS_THROUGH`, BEHAVIOUR 3b): nobody is
 * known, and the upstream is told so.
 */
export class Unauthenticated {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
