import { degradationPolicySpec, propagationPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { degradationWords, propagationWords, rateLimitWords } from "./policy-words.js";

describe("policies in plain words", () => {
  it("says what a rate limit counts by and what happens above it", () => {
    expect(rateLimitWords(rateLimitPolicySpec.parse({ key: ["tenant"], limit: 10_000, burst: 500 }))).toBe(
      "10,000 a second, at most 500 at once, for each tenant; more is refused",
    );
    expect(
      rateLimitWords(rateLimitPolicySpec.parse({ key: ["client_ip", "tenant"], limit: 5, windowSeconds: 300, burst: 5, action: "observe" })),
    ).toBe("5 in 5 min, at most 5 at once, for each client IP and tenant; more is only counted");
    expect(rateLimitWords(rateLimitPolicySpec.parse({ key: ["global"], limit: 60, windowSeconds: 60, burst: 1 }))).toBe(
      "60 a minute, at most 1 at once, for everybody together; more is refused",
    );
  });
  it("says what an upstream receives", () => {
    expect(propagationWords(propagationPolicySpec.parse({ strategy: "headers", headers: { email: null } }))).toBe(
      "9 identity headers; the credential is removed",
    );
    expect(propagationWords(propagationPolicySpec.parse({ strategy: "pass_through" }))).toBe("the original credential goes on, with X-Tenant-Id");
    expect(propagationWords(propagationPolicySpec.parse({ strategy: "internal_token", audience: "payouts" }))).toBe(
      "a token of the gateway's own for payouts, good for 300 s; the credential is removed",
    );
  });
  it("says how long stale keys are used", () => {
    expect(degradationWords(degradationPolicySpec.parse({}))).toBe(
      "known keys are used for 1 h while the provider is away, then requests get 503; of tokens that cannot be asked about, answers up to 5 min old still count",
    );
    expect(degradationWords(degradationPolicySpec.parse({ staleKeysMaxAgeSeconds: 0, introspection: "REJECT_ALL" }))).toBe(
      "keys are not used past their lifetime; tokens that cannot be asked about are refused, whatever was said of them before",
    );
    expect(degradationWords(degradationPolicySpec.parse({ introspection: "PASS_THROUGH" }))).toContain("pass unauthenticated");
    expect(degradationWords(degradationPolicySpec.parse({ dpopReplay: "PER_NODE" }))).toContain("counts once at each node");
  });
});
