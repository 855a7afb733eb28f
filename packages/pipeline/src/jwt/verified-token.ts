import type { CompiledIdentityProvider, CompiledPropagation } from "../compiled.js";
import type { Principal } from "../decision.js";

/** A token whose signature and claims held, for one IdP of one configuration epoch and one generation of its keys. */
export class VerifiedToken {
  readonly idp: CompiledIdentityProvider;
  /** Of the key set that verified it: rotated or purged keys take the verification with them. */
  readonly keyGeneration: number;
  readonly principal: Principal;
  /** Good while `goodFromMs <= now < goodUntilMs`, tolerance included. */
  readonly goodFromMs: number;
  readonly goodUntilMs: number;
  /** The identity headers that were last written for this token, and for which policy. */
  headersFor: CompiledPropagation | null = null;
  headers: readonly string[] = [];

  constructor(idp: CompiledIdentityProvider, keyGeneration: number, principal: Principal, goodFromMs: number, goodUntilMs: number) {
    this.idp = idp;
    this.keyGeneration = keyGeneration;
    this.principal = principal;
    this.goodFromMs = goodFromMs;
    this.goodUntilMs = goodUntilMs;
  }
}
