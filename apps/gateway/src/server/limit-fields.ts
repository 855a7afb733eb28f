import type { RateLimitState } from "@sallyport/pipeline";
import type { RateLimitFields } from "@sallyport/snapshot";

/**
 * The fields of a 429, names and values in turn: `Retry-After` (RFC 9110 §10.2.3), and what tells of the limits in the form that is asked for.
 * A policy that only observes refused nobody, and is nobody's to know of.
 * @param limits in the order in which they were looked at: the last one that is over has refused
 */
export function limitFields(limits: readonly RateLimitState[], form: RateLimitFields = "draft"): string[] {
  const told = limits.filter(({ action }) => action !== "observe");
  const bound = told.findLast(({ exceeded }) => exceeded);
  const waitSeconds = Math.max(1, Math.ceil(bound?.retryAfterSeconds ?? 1));
  const fields = ["Retry-After", String(waitSeconds)];
  if (bound === undefined) return fields;
  switch (form) {
    case "none":
      return fields;
    case "legacy":
      fields.push("X-RateLimit-Limit", String(bound.limit), "X-RateLimit-Remaining", String(bound.remaining));
      fields.push("X-RateLimit-Reset", String(waitSeconds));
      return fields;
    case "draft":
      // draft-ietf-httpapi-ratelimit-headers: every policy that was looked at, by name.
      fields.push("RateLimit-Policy", told.map(({ policy, limit, windowSeconds }) => `"${policy}";q=${limit};w=${windowSeconds}`).join(", "));
      fields.push(
        "RateLimit",
        told.map(({ policy, remaining, retryAfterSeconds }) => `"${policy}";r=${remaining};t=${Math.ceil(retryAfterSeconds)}`).join(", "),
      );
      return fields;
    default:
      return form satisfies never;
  }
}
