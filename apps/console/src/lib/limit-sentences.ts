import { DEFAULT_LIMIT_ORDER, type RateLimitOverride, type RateLimitPolicySpec } from "@sallyport/snapshot";
import { listed, sentence } from "./format";
import { FOLLOWS, numberWords, rateLimitWords } from "./policy-words";

/** What a rate limit does, in sentences. For editors: it carries the contract along. */
export function rateLimitSentences(spec: RateLimitPolicySpec): string[] {
  const { key, action, order, exempt, overrides } = spec;
  const slows = action === "slow_down" || overridesOf(overrides).some(([, each]) => each.action === "slow_down");
  return [
    `${sentence(rateLimitWords(spec))}.`,
    ...(key.includes("username")
      ? [
          "It concerns routes that name the field of the username. A request that names nobody counts by its address, and so does every request in decision mode, where nobody sees the body.",
        ]
      : []),
    ...(key.includes("api_key")
      ? ["Without an API key a request counts by its subject, without a subject by its address."]
      : key.includes("subject")
        ? ["Without a subject a request counts by its address."]
        : []),
    ...(slows ? ["What is slowed down waits, each time longer, 4 s at most. Where too many wait already, it is refused."] : []),
    ...exemptSentences(exempt),
    ...overridesOf(overrides).map(
      ([who, each]) =>
        `${who} has ${numberWords({ ...each, windowSeconds: each.windowSeconds ?? spec.windowSeconds })}; more is ${FOLLOWS[each.action ?? action]}.`,
    ),
    ...(order === undefined
      ? []
      : [
          `It is looked at in place ${order}. Lower places come first, a policy without one has ${DEFAULT_LIMIT_ORDER}; the first that refuses ends it.`,
        ]),
  ];
}

function exemptSentences(exempt: RateLimitPolicySpec["exempt"]): string[] {
  const addresses = exempt?.addresses ?? [];
  const keys = exempt?.apiKeys ?? [];
  const of = [
    ...(addresses.length === 0 ? [] : [`from ${listed(addresses, "and")}`]),
    ...(keys.length === 0 ? [] : [`with the API ${keys.length === 1 ? "key" : "keys"} ${listed(keys, "and")}`]),
  ];
  return of.length === 0 ? [] : [`Requests ${of.join(", and ")} are not counted.`];
}

/** Whose numbers are others: plans before the tenants, which take their place. */
function overridesOf(overrides: RateLimitPolicySpec["overrides"]): [string, RateLimitOverride][] {
  const { plans = {}, tenants = {} } = overrides ?? {};
  return [
    ...Object.entries(plans).map(([plan, each]): [string, RateLimitOverride] => [`A tenant of plan ${plan}`, each]),
    ...Object.entries(tenants),
  ];
}
