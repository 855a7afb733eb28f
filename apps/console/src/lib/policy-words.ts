import type { DegradationPolicySpec, PropagationPolicySpec, RateLimitPolicySpec } from "@sallyport/snapshot";
import { count } from "./format";

const KEYS: Readonly<Record<RateLimitPolicySpec["key"][number], string>> = {
  client_ip: "client IP",
  global: "everybody together",
  identity_provider: "identity provider",
  route: "route",
  subject: "subject",
  tenant: "tenant",
};

/** `10,000 a second, at most 500 at once, for each tenant; more is refused`. */
export function rateLimitWords(spec: RateLimitPolicySpec): string {
  const window = spec.windowSeconds === 1 ? "a second" : spec.windowSeconds === 60 ? "a minute" : `in ${count(spec.windowSeconds)} s`;
  const each =
    spec.key.length === 1 && spec.key[0] === "global" ? "for everybody together" : `for each ${spec.key.map((key) => KEYS[key]).join(" and ")}`;
  return `${count(spec.limit)} ${window}, at most ${count(spec.burst)} at once, ${each}; more is ${spec.action === "refuse" ? "refused" : "only counted"}`;
}

/** How the upstream learns who calls. */
export function propagationWords(spec: PropagationPolicySpec): string {
  if (spec.strategy === "pass_through") return `the original credential goes on, with ${spec.tenantHeader}`;
  const sent = Object.values(spec.headers).filter((header) => header !== null);
  return `${sent.length} identity headers${spec.claims.length > 0 ? ` and ${spec.claims.length} claims in headers of their own` : ""}; the credential is removed`;
}

/** How long known keys may be used while the provider is away. */
export function degradationWords(spec: DegradationPolicySpec): string {
  const seconds = spec.staleKeysMaxAgeSeconds;
  if (seconds === 0) return "keys are not used past their lifetime";
  const time = seconds % 3_600 === 0 ? `${seconds / 3_600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
  return `known keys are used for ${time} while the provider is away, then requests get 503`;
}
