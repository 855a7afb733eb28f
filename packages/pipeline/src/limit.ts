import type { CompiledLimit, CompiledRoute } from "./compiled.js";
import type { Principal, RateLimitState } from "./decision.js";
import { addressBucket } from "./ip-address.js";
import type { Passage } from "./passage.js";
import { Refusal } from "./refusal.js";

/** BEHAVIOUR §5: takes one request from every policy of the route; the first that is over refuses. Null when all let it pass. */
export function takeLimits(
  passage: Passage,
  route: CompiledRoute,
  principal: Principal | null,
  { byClientIpOnly = false }: { readonly byClientIpOnly?: boolean } = {},
): Refusal | null {
  if (route.limits.length === 0) return null;
  const states: RateLimitState[] = [];
  passage.limits = states;
  for (const limit of route.limits) {
    if (byClientIpOnly && !limit.byClientIp) continue;
    const { limits } = passage.ports;
    const verdict = limit.hasOneBucket ? limits.take(limit.bucketPrefix, limit, limit) : limits.take(bucketOf(limit, passage, principal), limit);
    states.push({
      policy: limit.name,
      limit: limit.limit,
      windowSeconds: limit.windowSeconds,
      remaining: verdict.remaining,
      retryAfterSeconds: verdict.retryAfterSeconds,
    });
    if (verdict.allowed === true) continue;
    const detail = `the rate limit ${limit.name} is used up`;
    passage.report("rate_limit_exceeded", limit.observes ? `${detail}; it only observes` : detail, {
      identityProvider: principal?.identityProvider ?? null,
      subject: principal?.subject ?? null,
    });
    if (!limit.observes) return new Refusal("rate_limited", detail);
  }
  return null;
}

/** The subject comes last: it is free text, and could otherwise look like what follows it. Anonymous requests count by address. */
function bucketOf(limit: CompiledLimit, passage: Passage, principal: Principal | null): string {
  let bucket = limit.bucketPrefix;
  if (limit.byClientIp) bucket += `|ip=${addressOf(passage)}`;
  if (limit.byIdentityProvider) bucket += `|idp=${principal === null ? "" : sourceOf(principal)}`;
  if (limit.bySubject) bucket += principal === null ? `|anonymous=${addressOf(passage)}` : `|sub=${sourceOf(principal)}/${principal.subject}`;
  return bucket;
}

/** Who vouches for the subject. No IdP's name has a colon. */
const sourceOf = ({ tenant, identityProvider, authenticator }: Principal): string => `${tenant}/${identityProvider ?? `:${authenticator}`}`;

const addressOf = ({ clientIp }: Passage): string => addressBucket(clientIp ?? "");
