export { type GcraResult, gcra, type RateLimit } from "./gcra.js";
export { createFleetRateLimiter, type FleetRateLimiter, type FleetRateLimiterOptions } from "./limits/fleet-rate-limiter.js";
export { takeExactly } from "./limits/take-exactly.js";
export { createLocalRateLimiter, type LocalRateLimiter, type LocalRateLimiterOptions } from "./local-rate-limiter.js";
export { createFailureWindows, type FailureWindows } from "./lockouts/failure-windows.js";
export { lockoutKindOf } from "./lockouts/lockout-filter.js";
export { lockoutIdOf } from "./lockouts/lockout-id.js";
export {
  type CountedFailure,
  LOCKOUT_KINDS,
  type Lockout,
  type LockoutChange,
  type LockoutCursor,
  type LockoutFilter,
  type LockoutKey,
  type LockoutKind,
  type LockoutRule,
  type LockoutStore,
} from "./lockouts/lockout-store.js";
export {
  type CounterStore,
  type LoginAttemptStore,
  type NewSession,
  type ProofStore,
  type SessionLife,
  type SessionLookup,
  type SessionPage,
  type SessionStore,
  type StateStore,
  StateStoreUnavailable,
  type StoredSession,
  type SubjectOfProvider,
} from "./sessions.js";
export { parseStateUrl, type RedisAddress, type StateAddress, type StateUrlResult } from "./state-url.js";
