import { type RateLimitPolicySpec, rateLimitPolicySpec } from "./rate-limit.js";

/** A policy of the fleet that is ready to use. */
export interface ReadyRateLimit {
  readonly name: string;
  /** What it guards, in one sentence. */
  readonly about: string;
  readonly spec: RateLimitPolicySpec;
}

const HOUR = 3_600;
/** Looked at after what is narrower: what that refuses is not counted. */
const LAST = 200;

/**
 * The limits of BEHAVIOUR §5, as policies of the whole fleet. Those of sign-ins and password resets hold for routes of these names; what failed
 * authentications lead to is the lockout policy's, and holds without being declared.
 */
export const READY_RATE_LIMITS: readonly ReadyRateLimit[] = (
  [
    ["api-traffic", "What one tenant's callers send, together.", { key: ["tenant"], limit: 10_000, burst: 500, order: LAST }],
    [
      "login-address",
      "Sign-ins and tokens from one address, or one IPv6 /64.",
      { key: ["client_ip"], limit: 10, windowSeconds: 60, burst: 5, routes: ["login"] },
    ],
    [
      "login-username",
      "Sign-ins as one username, from wherever they come.",
      { key: ["username"], limit: 5, windowSeconds: 60, burst: 3, routes: ["login"] },
    ],
    ["login-global", "Sign-ins of all tenants together.", { key: ["global"], limit: 1_000, burst: 1_000, routes: ["login"], order: LAST }],
    [
      "password-reset-address",
      "Password resets that one address asks for.",
      { key: ["client_ip"], limit: 5, windowSeconds: HOUR, burst: 5, routes: ["password-reset"] },
    ],
    [
      "password-reset-email",
      "Password resets that are asked for one e-mail address, by whomever.",
      { key: ["username"], limit: 3, windowSeconds: HOUR, burst: 3, routes: ["password-reset"] },
    ],
  ] as const
).map(([name, about, spec]) => ({ name, about, spec: rateLimitPolicySpec.parse(spec) }));
