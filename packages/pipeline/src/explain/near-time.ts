import { timesOf } from "../jwt/claims.js";
import { Refusal } from "../refusal.js";
import { type NearMiss, near } from "./near-miss.js";
import type { SeenToken } from "./seen-token.js";

/** So far beyond the tolerance a clock that is wrong is likelier than a token that is old, ms. */
const NEAR_MS = 300_000;
const seconds = (ms: number): string => `${Math.ceil(ms / 1_000)} s`;

/** The times of the token are just outside of what the identity provider's tolerance allows. */
export function nearTime({ idp, token, ports }: SeenToken): NearMiss[] {
  const times = timesOf(token.claims);
  if (idp === null || times instanceof Refusal) return [];
  const now = ports.clock.now();
  const tolerance = `the tolerance of ${idp.name} is ${seconds(idp.clockToleranceMs)}`;
  const late = now - times.expiresAtMs;
  if (late >= idp.clockToleranceMs && late < idp.clockToleranceMs + NEAR_MS)
    return [
      near(
        "clock_skew_expired",
        `The token ended ${seconds(late)} ago, and ${tolerance}. Get a new token in time; where it should still be good, compare the clocks of provider and node.`,
      ),
    ];
  const early = times.notBeforeMs - now;
  if (early > idp.clockToleranceMs && early <= idp.clockToleranceMs + NEAR_MS)
    return [near("clock_skew_future", `The token begins in ${seconds(early)}, and ${tolerance}. Compare the clocks of provider and node.`)];
  return [];
}
