import type { CompiledLimit, CompiledRoute } from "./compiled.js";
import type { Allow, RateLimitState, SecurityFinding, SlowedBy } from "./decision.js";
import { bucketOf, isExempt, limitKeyOf } from "./limit-bucket.js";
import type { Passage } from "./passage.js";
import type { Ports } from "./ports.js";
import { Refusal } from "./refusal.js";

/** Whose request counts, and what came of it. */
interface Counted extends Pick<Passage, "clientIp" | "apiKey" | "principal" | "mayWait" | "slowed" | "report"> {
  readonly ports: Pick<Ports, "limits" | "limitPressed" | "sha256Hex">;
}

/** With less than this part of its burst left a bucket is close to its limit. A burst of one says nothing: each request finds it whole, or over. */
const NEAR = 0.2;

/**
 * BEHAVIOUR §5: takes one request from every policy of the route; the first that is over refuses. Null when all let it pass. Whoever only
 * decides sees no body: there, what counts by username counts by address.
 */
export function takeLimits(
  passage: Passage,
  route: CompiledRoute,
  { byClientIpOnly = false }: { readonly byClientIpOnly?: boolean } = {},
): Refusal | null {
  const unread = passage.facts.described === true && !byClientIpOnly ? route.bodyLimits : NO_LIMITS;
  if (route.limits.length === 0 && unread.length === 0) return null;
  const states: RateLimitState[] = [];
  passage.limits = states;
  const limits = byClientIpOnly ? route.limits.filter(({ byClientIp }) => byClientIp) : route.limits;
  const over = takeEach(limits, passage, states) ?? takeEach(unread, passage, states);
  if (over === null) return null;
  const { principal, apiKey } = passage;
  const limitedBy = { policy: over.name, ofFleet: over.ofFleet, principal, apiKey, isPreflight: byClientIpOnly };
  return new Refusal("rate_limited", detailOf(over), { rateLimitFields: passage.tenant?.rateLimitFields ?? "draft", limitedBy });
}

const NO_LIMITS: readonly CompiledLimit[] = Object.freeze([]);

/** What the limits by username say of a request whose body was read. */
export interface BodyVerdict {
  /** For operators: why it is refused; null where it goes on. */
  readonly refused: string | null;
  /** The limit that refuses it. */
  readonly refusedBy: CompiledLimit | null;
  readonly slowed: SlowedBy | null;
  readonly limits: readonly RateLimitState[];
  readonly findings: readonly SecurityFinding[];
}

/** The rest of BEHAVIOUR §5, of a request that was allowed. @param username as its body names one; null where it names nobody */
export function takeBodyLimits(
  { tenant, route, principal, clientIp, apiKey }: Allow,
  username: string | null,
  ports: Pick<Ports, "limits" | "limitPressed" | "sha256Hex">,
): BodyVerdict {
  const findings: SecurityFinding[] = [];
  const none = { tenant: tenant.slug, tokenTenant: null, identityProvider: null, subject: null, issuer: null };
  const report: Passage["report"] = (kind, detail, about) => void findings.push({ kind, ...none, ...about, detail });
  const counted: Counted = { clientIp, apiKey, principal, mayWait: true, slowed: null, report, ports };
  const states: RateLimitState[] = [];
  // Hashed: the store need not know whose it is.
  const over = takeEach(route.bodyLimits, counted, states, username === null ? null : ports.sha256Hex(username).slice(0, 32));
  return { refused: over === null ? null : detailOf(over), refusedBy: over, slowed: counted.slowed, limits: states, findings };
}

const detailOf = ({ name }: CompiledLimit): string => `the rate limit ${name} is used up`;

/** @returns the limit that refuses, after which nothing is taken from any other */
function takeEach(
  limits: readonly CompiledLimit[],
  counted: Counted,
  states: RateLimitState[],
  username: string | null = null,
): CompiledLimit | null {
  const { limits: limiter } = counted.ports;
  for (const limit of limits) {
    if (limit.exempt !== null && isExempt(counted, limit.exempt)) continue;
    const bucket = bucketOf(limit, counted, username);
    const verdict = limit.hasOneBucket ? limiter.take(bucket, limit, limit) : limiter.take(bucket, limit);
    const { name: policy, windowSeconds, ofFleet, action } = limit;
    const { remaining, retryAfterSeconds } = verdict;
    const exceeded = verdict.allowed !== true;
    states.push({ policy, limit: limit.limit, windowSeconds, remaining, retryAfterSeconds, ofFleet, action, exceeded });
    if (exceeded || (limit.burst > 1 && remaining < limit.burst * NEAR)) press(limit, bucket, { exceeded, counted, username });
    if (!exceeded) continue;
    const waits = action === "slow_down" && counted.mayWait;
    const and = action === "observe" ? "; it only observes" : waits ? "; the request waits" : "";
    counted.report("rate_limit_exceeded", `${detailOf(limit)}${and}`, {
      identityProvider: counted.principal?.identityProvider ?? null,
      subject: counted.principal?.subject ?? null,
    });
    if (waits) counted.slowed ??= { policy, bucket, burst: limit.burst };
    else if (action !== "observe") return limit;
  }
  return null;
}

interface Pressing {
  readonly exceeded: boolean;
  readonly counted: Counted;
  readonly username: string | null;
}

function press(limit: CompiledLimit, bucket: string, { exceeded, counted, username }: Pressing): void {
  const { limitPressed, sha256Hex } = counted.ports;
  if (limitPressed === undefined) return;
  limitPressed({ limit, bucket, exceeded, keyOf: () => limitKeyOf(limit, counted, username, sha256Hex) });
}
