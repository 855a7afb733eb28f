import type { DegradationPolicySpec, PropagationPolicySpec, RateLimitPolicySpec } from "@sallyport/snapshot";
import { count, timeSpan } from "./format";

const KEYS: Readonly<Record<RateLimitPolicySpec["key"][number], string>> = {
  api_key: "API key",
  client_ip: "client IP",
  global: "everybody together",
  identity_provider: "identity provider",
  plan: "plan",
  route: "route",
  subject: "subject",
  tenant: "tenant",
  username: "username",
};

/** What becomes of a request above a limit. */
export const FOLLOWS: Readonly<Record<RateLimitPolicySpec["action"], string>> = {
  refuse: "refused",
  slow_down: "slowed down",
  observe: "only counted",
};

const WINDOWS: ReadonlyMap<number, string> = new Map([
  [1, "a second"],
  [60, "a minute"],
  [3_600, "an hour"],
]);

type Numbers = Pick<RateLimitPolicySpec, "limit" | "windowSeconds" | "burst">;

/** `10,000 a second, at most 500 at once`. */
export function numberWords({ limit, windowSeconds, burst }: Numbers): string {
  const window = WINDOWS.get(windowSeconds) ?? `in ${timeSpan(windowSeconds)}`;
  return `${count(limit)} ${window}, at most ${count(burst)} at once`;
}

/** `10,000 a second, at most 500 at once, for each tenant; more is refused`. */
export function rateLimitWords(spec: RateLimitPolicySpec): string {
  const each =
    spec.key.length === 1 && spec.key[0] === "global" ? "for everybody together" : `for each ${spec.key.map((key) => KEYS[key]).join(" and ")}`;
  return `${numberWords(spec)}, ${each}${spec.scope === "node" ? ", at each node by itself" : ""}; more is ${FOLLOWS[spec.action]}`;
}

/** How the upstream learns who calls. */
export function propagationWords(spec: PropagationPolicySpec): string {
  if (spec.strategy === "internal_token")
    return `a token of the gateway's own for ${spec.audience}, good for ${spec.lifetimeSeconds} s; the credential is removed`;
  if (spec.strategy === "pass_through") return `the original credential goes on, with ${spec.tenantHeader}`;
  const sent = Object.values(spec.headers).filter((header) => header !== null);
  return `${sent.length} identity headers${spec.claims.length > 0 ? ` and ${spec.claims.length} claims in headers of their own` : ""}; the credential is removed`;
}

/** How long known keys may be used while the provider is away. */
export function degradationWords(spec: DegradationPolicySpec): string {
  const keys =
    spec.staleKeysMaxAgeSeconds === 0
      ? "keys are not used past their lifetime"
      : `known keys are used for ${timeSpan(spec.staleKeysMaxAgeSeconds)} while the provider is away, then requests get 503`;
  const proofs = spec.dpopReplay === "PER_NODE" ? "; without the state store a proof of possession counts once at each node" : "";
  return `${keys}; ${introspectionWords(spec)}${proofs}`;
}

function introspectionWords({ introspection, cachedAnswerMaxAgeSeconds }: DegradationPolicySpec): string {
  switch (introspection) {
    case "USE_CACHED_OR_REJECT":
      return cachedAnswerMaxAgeSeconds === 0
        ? "tokens that cannot be asked about are refused"
        : `of tokens that cannot be asked about, answers up to ${timeSpan(cachedAnswerMaxAgeSeconds)} old still count`;
    case "REJECT_ALL":
      return "tokens that cannot be asked about are refused, whatever was said of them before";
    case "PASS_THROUGH":
      return "requests whose tokens cannot be asked about pass unauthenticated";
    default:
      return introspection satisfies never;
  }
}
