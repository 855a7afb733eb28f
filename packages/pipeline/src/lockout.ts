import type { CompiledEdge, CompiledLockout, CompiledLockoutRule, CompiledSnapshot, CompiledTenant } from "./compiled.js";
import type { Deny } from "./decision.js";
import type { DenyCode, REFUSALS } from "./deny-codes.js";
import { addressBucket, inRanges, parseIp } from "./ip-address.js";
import type { Passage } from "./passage.js";
import type { Lockouts } from "./ports.js";
import { Refusal } from "./refusal.js";

type UnauthenticatedCode = { [C in DenyCode]: (typeof REFUSALS)[C]["status"] extends 401 ? C : never }[DenyCode];

/**
 * Whether a 401 counts as a failed authentication (BEHAVIOUR §5). Who presents nothing has tried nothing, and what was good until its time
 * was over is nobody's guess: a page that still calls with yesterday's token or session must not lock its office out.
 */
const COUNTS = {
  missing_token: false,
  missing_api_key: false,
  missing_client_certificate: false,
  no_session: false,
  token_expired: false,
  session_expired: false,
  session_not_found: false,
  token_revoked: true,
  invalid_token: true,
  unknown_signing_key: true,
  invalid_claims: true,
  inactive_token: true,
  invalid_dpop_proof: true,
  invalid_api_key: true,
  invalid_session_format: true,
  invalid_client_certificate: true,
} as const satisfies Record<UnauthenticatedCode, boolean>;

/** From where somebody tries to authenticate, and the policy that counts it. */
export interface AttemptedFrom {
  readonly tenant: string;
  /** What is counted by: the address, or the /64 of IPv6. */
  readonly address: string;
  readonly policy: CompiledLockout;
}

/** A failure of somebody, by what it counts for. */
export interface FailedAuthentication {
  readonly tenant: string;
  readonly address: string;
  readonly username: string | null;
  readonly rule: CompiledLockoutRule;
  readonly refuses: boolean;
  /** A deny code, or what the upstream answered to a login. */
  readonly reason: string;
}

type Fleet = Pick<CompiledSnapshot, "tenants" | "edge">;

/** Null where the tenant's policy does not count what this address does. */
export function attemptedFrom({ tenants, edge }: Fleet, tenant: string, clientIp: string): AttemptedFrom | null {
  const policy = tenants.get(tenant)?.lockout ?? null;
  return policy === null || isExempt(clientIp, policy, edge) ? null : { tenant, address: addressBucket(clientIp), policy };
}

/** In place of an address: from wherever. A username that fails so is slowed down, never locked out: nobody can do that to somebody else. */
export const ANYWHERE = "*";

/** @param username null: what the address does, whoever it tries to be */
export function failureOf({ tenant, address, policy }: AttemptedFrom, username: string | null, reason: string): FailedAuthentication {
  return { tenant, address, username, rule: username === null ? policy.address : policy.username, refuses: policy.refuses, reason };
}

/** What a refusal is to its tenant's lockout policy: null where it counts for nothing. */
export function failedAuthenticationOf(
  fleet: Fleet,
  { code, tenant, clientIp }: Pick<Deny, "code" | "tenant" | "clientIp">,
): FailedAuthentication | null {
  if (!(Object.hasOwn(COUNTS, code) && COUNTS[code as UnauthenticatedCode]) || tenant === null || clientIp === null) return null;
  const attempted = attemptedFrom(fleet, tenant, clientIp);
  return attempted === null ? null : failureOf(attempted, null, code);
}

/** BEHAVIOUR §5: nothing that a locked-out address presents is looked at. What is open already was let in before. Null: it may try. */
export function refuseLockedOut({ facts, clientIp, compiled }: Passage, { slug, lockout }: CompiledTenant, lockouts: Lockouts): Refusal | null {
  if (lockout === null || !lockout.refuses || clientIp === null || facts.decidedBefore === true) return null;
  const address = addressBucket(clientIp);
  const remainingMs = lockouts.remainingMs(slug, address, null);
  if (remainingMs <= 0 || isExempt(clientIp, lockout, compiled.edge)) return null;
  const retryAfterSeconds = Math.max(1, Math.ceil(remainingMs / 1_000));
  return new Refusal("locked_out", `${address} is locked out for ${retryAfterSeconds} s, after failed authentications`, { retryAfterSeconds });
}

/** Behind a proxy that does not say who calls may be everybody. */
function isExempt(clientIp: string, { exempt }: CompiledLockout, { trustedProxies }: CompiledEdge): boolean {
  if (exempt.length === 0 && trustedProxies.length === 0) return false;
  const address = parseIp(clientIp);
  return address !== null && (inRanges(address, exempt) || inRanges(address, trustedProxies));
}
