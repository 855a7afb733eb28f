import { lockoutPolicySpec, upstreamLoginSpec } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { lockoutLine, lockoutSentences, STANDARD_LOCKOUT, upstreamLoginSentences } from "./lockout-words.js";

const policy = (spec: object) => lockoutPolicySpec.parse(spec);

describe("a lockout policy in plain words", () => {
  it("knows the defaults as the contract has them", () => {
    expect(STANDARD_LOCKOUT).toEqual(policy({}));
  });
  it("says after how many failures whom it locks out, and for how long", () => {
    expect(lockoutLine(policy({}))).toBe("an address that fails 5 times within 5 min is locked out for 5 min");
    expect(lockoutSentences(policy({ failures: 1, lockoutSeconds: 90, exempt: ["198.51.100.0/24", "203.0.113.0/24"] }))).toEqual([
      "An address that fails to authenticate once is locked out of the tenant for 90 s.",
      "At a login of an upstream, an address that fails 10 times within 15 min as one username is locked out of that username for 15 min; as many failures from wherever slow the username down for as long.",
      "Addresses in 198.51.100.0/24 and 203.0.113.0/24 never count.",
    ]);
  });
  it("says that one that observes refuses nothing, and that one that is off counts nothing", () => {
    expect(lockoutLine(policy({ action: "observe" }))).toBe("an address that fails 5 times within 5 min is reported; nobody is locked out");
    expect(lockoutSentences(policy({ action: "observe" }))).toEqual([
      expect.stringContaining("would be locked out of the tenant"),
      expect.stringContaining("would be locked out of that username"),
      "Each of these is reported; nothing is refused, and nothing held.",
    ]);
    expect(lockoutSentences(policy({ action: "off", exempt: ["10.0.0.0/8"] }))).toEqual([
      "Failed authentications are not counted, and nobody is locked out, however often they fail.",
    ]);
    expect(lockoutLine(policy({ action: "off" }))).toContain("nobody is locked out");
  });
});

describe("a login of an upstream in plain words", () => {
  it("says where the username stands and which answers are failures", () => {
    expect(upstreamLoginSentences(upstreamLoginSpec.parse({ usernameField: "email", failedStatuses: [422, 401] }))).toEqual([
      "Whom a request signs in as stands in the field email of its body: a JSON object or a form of at most 64 KiB.",
      "An answer with 401 or 422 is a failed login. Failed logins count for the lockout policy.",
    ]);
    const failedHeader = { name: "Location", value: "/login?error" };
    expect(upstreamLoginSentences(upstreamLoginSpec.parse({ usernameField: "email", failedHeader }))[1]).toBe(
      "An answer with 401, or whatever its status one with a Location that begins with /login?error, is a failed login. Failed logins count for the lockout policy.",
    );
  });
});
