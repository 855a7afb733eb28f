/** Ports of a request that is only tried: no limit is used up by it, and no proof. */
export const unlimited = { take: () => ({ allowed: true, remaining: 1, retryAfterSeconds: 0 }) };
export const firstUse = { use: () => ({ state: "first" as const }) };
