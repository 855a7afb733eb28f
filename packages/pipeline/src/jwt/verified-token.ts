import type { Binding } from "../binding.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Principal } from "../decision.js";
import { VerifiedCredential } from "../verified-credential.js";

/** A token whose signature and claims held, for one IdP of one configuration epoch and one generation of its keys. */
export class VerifiedToken extends VerifiedCredential {
  readonly idp: CompiledIdentityProvider;
  /** Of the key set that verified it: rotated or purged keys take the verification with them. */
  readonly keyGeneration: number;
  /** Good while `goodFromMs <= now < goodUntilMs`, tolerance included. */
  readonly goodFromMs: number;
  readonly goodUntilMs: number;

  constructor(
    idp: CompiledIdentityProvider,
    verified: { readonly keyGeneration: number; readonly principal: Principal; readonly boundTo: Binding | null },
    good: { readonly fromMs: number; readonly untilMs: number },
  ) {
    super(verified.principal, verified.boundTo);
    this.idp = idp;
    this.keyGeneration = verified.keyGeneration;
    this.goodFromMs = good.fromMs;
    this.goodUntilMs = good.untilMs;
  }
}
