export { type GcraResult, gcra, type RateLimit } from "./gcra.js";
export { createLocalRateLimiter, type LocalRateLimiter, type LocalRateLimiterOptions } from "./local-rate-limiter.js";
