import { rateLimitPolicySpec } from "@sallyport/snapshot";
import { expect, it } from "vitest";
import { rateLimitSentences } from "./limit-sentences.js";

it("says in sentences whom a rate limit spares, who has other numbers, and when it is looked at", () => {
  const spec = rateLimitPolicySpec.parse({
    key: ["username"],
    limit: 5,
    windowSeconds: 60,
    burst: 3,
    action: "slow_down",
    order: 10,
    exempt: { addresses: ["203.0.113.0/24"], apiKeys: ["acme/batch", "acme/nightly"] },
    overrides: { plans: { scale: { limit: 50, burst: 30 } }, tenants: { acme: { limit: 9, burst: 9, windowSeconds: 1, action: "observe" } } },
  });
  expect(rateLimitSentences(spec)).toEqual([
    "5 a minute, at most 3 at once, for each username; more is slowed down.",
    expect.stringContaining("routes that name the field of the username"),
    "What is slowed down waits, each time longer, 4 s at most. Where too many wait already, it is refused.",
    "Requests from 203.0.113.0/24, and with the API keys acme/batch and acme/nightly are not counted.",
    "A tenant of plan scale has 50 a minute, at most 30 at once; more is slowed down.",
    "acme has 9 a second, at most 9 at once; more is only counted.",
    "It is looked at in place 10. Lower places come first, a policy without one has 100; the first that refuses ends it.",
  ]);
  expect(rateLimitSentences(rateLimitPolicySpec.parse({ key: ["tenant"], limit: 1, burst: 1 }))).toHaveLength(1);
  expect(rateLimitSentences(rateLimitPolicySpec.parse({ key: ["api_key"], limit: 1, burst: 1 }))[1]).toBe(
    "Without an API key a request counts by its subject, without a subject by its address.",
  );
});
