import fc from "fast-check";
import { expect, it } from "vitest";
import type { CompiledIdentityProvider } from "../compiled.js";
import type { Principal } from "../decision.js";
import { VerifiedToken } from "./verified-token.js";

const verifiedToken = (fromMs: number, untilMs: number): VerifiedToken =>
  new VerifiedToken({} as CompiledIdentityProvider, { keyGeneration: 1, principal: {} as Principal, boundTo: null }, { fromMs, untilMs });

/** To the microsecond: seconds of today are no finer as doubles. */
const time = fc.oneof(
  fc.integer({ min: -1_000_000_000_000, max: 4_000_000_000_000_000 }).map((us) => us / 1_000),
  fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1_000),
  fc.integer({ min: 0, max: 10_000 }),
);

it("is remembered as good only within its exact times, and in all of them but a second at either end", () => {
  fc.assert(
    fc.property(fc.oneof(time, fc.constant(Number.NEGATIVE_INFINITY)), time, time, (fromMs, untilMs, now) => {
      const isTimely = verifiedToken(fromMs, untilMs).isTimely(now);
      if (isTimely) expect(now >= fromMs && now < untilMs).toBe(true);
      else if (now >= 0) expect(now >= fromMs + 1_000 && now < untilMs - 1_000).toBe(false);
    }),
    { numRuns: 20_000 },
  );
  for (const atBound of [-1, 0, 1]) {
    const token = verifiedToken(1_000_000, 2_000_000);
    expect(token.isTimely(1_000_000 + atBound)).toBe(atBound >= 0);
    expect(token.isTimely(2_000_000 + atBound)).toBe(atBound < 0);
  }
});

it("is good at no time to a clock that is no number, and at all times before its end without nbf and iat", () => {
  expect(verifiedToken(Number.NEGATIVE_INFINITY, 2_000_000).isTimely(Number.NaN)).toBe(false);
  expect(verifiedToken(Number.NEGATIVE_INFINITY, 2_000_000).isTimely(0)).toBe(true);
});
