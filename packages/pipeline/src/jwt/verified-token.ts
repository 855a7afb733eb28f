import type { Binding } from "../binding.js";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Principal } from "../decision.js";
import { VerifiedCredential } from "../verified-credential.js";

/** A token whose signature and claims held, for one IdP of one configuration epoch and one generation of its keys. */
export class VerifiedToken extends VerifiedCredential {
  readonly idp: CompiledIdentityProvider;
  /** Of the key set that verified it: rotated or purged keys take the verification with them. */
  readonly keyGeneration: number;
  /**
   * Good while `goodFrom <= now < goodUntil`, seconds since the epoch, tolerance included. Whole ones, within the exact times: they take no memory
   * of their own, of which a cache of a hundred thousand tokens has much, and in the rest of a second the token is verified once more.
   */
  private readonly goodFrom: number;
  private readonly goodUntil: number;

  constructor(
    idp: CompiledIdentityProvider,
    verified: { readonly keyGeneration: number; readonly principal: Principal; readonly boundTo: Binding | null },
    good: { readonly fromMs: number; readonly untilMs: number },
  ) {
    super(verified.principal, verified.boundTo);
    this.idp = idp;
    this.keyGeneration = verified.keyGeneration;
    // A token without nbf and iat is good from -Infinity on, which is no small number.
    this.goodFrom = Math.max(0, Math.ceil(good.fromMs / 1_000));
    this.goodUntil = Math.floor(good.untilMs / 1_000);
  }

  /** Written so that a clock which is no number makes nothing good. */
  isTimely(nowMs: number): boolean {
    return nowMs >= this.goodFrom * 1_000 && nowMs < this.goodUntil * 1_000;
  }
}
