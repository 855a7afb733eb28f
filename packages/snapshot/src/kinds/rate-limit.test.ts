import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "../canonical.js";
import { rateLimitPolicySpec } from "./rate-limit.js";
import { READY_RATE_LIMITS } from "./ready-rate-limits.js";

const canonical = (input: unknown): string => canonicalJson(rateLimitPolicySpec.parse(input) as JsonValue);
const least = { key: ["tenant"], limit: 10, burst: 5 };
const faults = (more: unknown): string[] =>
  rateLimitPolicySpec.safeParse({ ...least, ...(more as object) }).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("a rate limit", () => {
  it("without an order, exemptions and overrides has the canonical form, and so the hash, that it had before there were any", () => {
    expect(canonical(least)).toBe('{"action":"refuse","burst":5,"key":["tenant"],"limit":10,"plans":[],"routes":[],"windowSeconds":1}');
  });

  it.each([
    ["an action that is none", { action: "slowDown" }, "action: "],
    ["a key's name with two slashes", { exempt: { apiKeys: ["a/b/c"] } }, "exempt.apiKeys.0: name an API key"],
    ["an address that is no range", { exempt: { addresses: ["192.0.2.1"] } }, "exempt.addresses.0: write a range"],
    ["an override without a burst", { overrides: { plans: { gold: { limit: 1 } } } }, "overrides.plans.gold.burst: "],
    ["an override of what cannot be", { overrides: { plans: { gold: { limit: 1, burst: 1, key: ["global"] } } } }, "overrides.plans.gold: "],
    [
      "too many plans",
      { overrides: { plans: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`p${at}`, { limit: 1, burst: 1 }])) } },
      "overrides.plans: name at most 50",
    ],
    ["an order below the first", { order: -1 }, "order: "],
  ])("is refused for %s", (_, more, fault) => {
    expect(faults(more)[0]).toContain(fault);
  });
});

describe("the ready rate limits", () => {
  it("are those of BEHAVIOUR §5", () => {
    const lines = READY_RATE_LIMITS.map(({ name, spec: { key, limit, windowSeconds, burst, routes } }) =>
      [name, key.join(), `${limit}/${windowSeconds}s`, burst, routes.join()].join(" "),
    );
    expect(lines).toEqual([
      "api-traffic tenant 10000/1s 500 ",
      "login-address client_ip 10/60s 5 login",
      "login-username username 5/60s 3 login",
      "login-global global 1000/1s 1000 login",
      "password-reset-address client_ip 5/3600s 5 password-reset",
      "password-reset-email username 3/3600s 3 password-reset",
    ]);
  });
});
