import { z } from "zod";
import { cidr, entityName, setOf, tenantSlug } from "../names.js";

/**
 * What a limit counts by. Members combine: `["client_ip", "tenant"]` is one bucket per address and tenant. Who has no subject, API key or
 * username counts by its subject, else by its address: nobody counts by nothing.
 */
export const RATE_LIMIT_KEYS = ["api_key", "client_ip", "global", "identity_provider", "plan", "route", "subject", "tenant", "username"] as const;
export type RateLimitKey = (typeof RATE_LIMIT_KEYS)[number];

/**
 * What becomes of a request that is over the limit. `slow_down`: it waits before it goes on, within bounds, and is refused beyond them.
 * `observe`: it is counted and reported, and goes on.
 */
export const RATE_LIMIT_ACTIONS = ["refuse", "slow_down", "observe"] as const;
export type RateLimitAction = (typeof RATE_LIMIT_ACTIONS)[number];

/** Where a policy that names no `order` stands. */
export const DEFAULT_LIMIT_ORDER = 100;

const numbers = {
  limit: z.int().min(1).max(10_000_000),
  burst: z.int().min(1).max(10_000_000),
};
const windowSeconds = z.int().min(1).max(86_400);
const action = z.enum(RATE_LIMIT_ACTIONS);

/** Other numbers for one plan or one tenant, which then counts in buckets of its own. What is left out is the policy's. */
const override = z.strictObject({ ...numbers, windowSeconds: windowSeconds.optional(), action: action.optional() });
export type RateLimitOverride = z.output<typeof override>;

const overridesOf = (name: typeof entityName | typeof tenantSlug, max: number) =>
  z
    .record(name, override)
    .refine((each) => Object.keys(each).length <= max, `name at most ${max}`)
    .default({});

/** `batch` in a tenant's policy, `acme/batch` in the fleet's. */
const apiKeyReference = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    "name an API key of the tenant, or in a fleet-wide policy tenant/key",
  );

/** A limit on requests, counted by GCRA: `limit` per `windowSeconds`, and at most `burst` at once. BEHAVIOUR §5. */
export const rateLimitPolicySpec = z
  .strictObject({
    key: setOf(z.enum(RATE_LIMIT_KEYS)).refine((list) => list.length > 0, "name at least one member, for example tenant"),
    limit: numbers.limit,
    windowSeconds: windowSeconds.default(1),
    burst: numbers.burst,
    action: action.default("refuse"),
    /** `node`: each node counts by itself. Left out, the limit holds across all nodes that share a state store. */
    scope: z.literal("node").optional(),
    /** Lower ones are looked at first; left out: 100. Of equal ones the fleet's come before the tenant's, then by name. */
    order: z.int().min(0).max(1_000).optional(),
    /** Names of routes; empty means all of them. */
    routes: setOf(entityName, 200).default([]),
    /** Fleet-wide policies only: the plans they apply to; empty means every tenant. */
    plans: setOf(entityName, 50).default([]),
    /** Whose requests the policy does not count: client addresses, and API keys by name. */
    exempt: z
      .strictObject({
        addresses: setOf(cidr, 100).default([]),
        apiKeys: setOf(apiKeyReference, 100).default([]),
      })
      .optional(),
    /** Fleet-wide policies only: other numbers for a plan or a tenant. A tenant's take the place of its plan's. */
    overrides: z.strictObject({ plans: overridesOf(entityName, 50), tenants: overridesOf(tenantSlug, 1_000) }).optional(),
  })
  .meta({ id: "RateLimitPolicySpec" });
export type RateLimitPolicySpec = z.output<typeof rateLimitPolicySpec>;

/**
 * What a 429 says of the limit beside `Retry-After`: `draft`, the fields `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers); `legacy`, `X-RateLimit-Limit`, `-Remaining` and `-Reset`; or `none`.
 */
export const RATE_LIMIT_FIELDS = ["draft", "legacy", "none"] as const;
export const rateLimitFields = z.enum(RATE_LIMIT_FIELDS);
export type RateLimitFields = z.output<typeof rateLimitFields>;
