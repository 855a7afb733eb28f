import { createHash } from "node:crypto";
import type { SecurityFinding } from "@sallyport/pipeline";
import { elapsedMs, type IdpClock } from "../clock.js";
import type { IdpKeys } from "./idp-keys.js";

/**
 * So many different tokens, refused within one cool-down, are a flood. A client that repeats its one stale token is none, nor are the few
 * clients that hold a token of the next key before it is published; a rotation that was not published, and somebody who guesses, are.
 */
const FLOOD_FROM_TOKENS = 10;

/** What was refused at one IdP since the first unknown `kid` of a cool-down. */
export interface UnknownKidWindow {
  /** Monotonic ms. */
  readonly endsAt: number;
  readonly lengthMs: number;
  /** Digests of different tokens, no more of them than make a flood. */
  readonly tokens: Set<string>;
  refused: number;
  /** Stops the timer that reports the flood; null while it is none. */
  stopTimer: (() => void) | null;
}

export interface UnknownKidFloods {
  /** Counts one refused token. */
  refused(keys: IdpKeys, token: string): void;
  /** Reports what is open: nobody will come back for it. */
  close(): void;
}

const digestOf = (token: string): string => createHash("sha256").update(token, "latin1").digest("base64url");

/** Finds floods of unknown `kid`s: one finding for each IdP and cool-down, at its end, with how many tokens were refused. */
export function createUnknownKidFloods(options: {
  readonly clock: IdpClock;
  /** Length of a window: the least time between two refreshes for unknown `kid`s. */
  readonly cooldownMs: () => number;
  readonly onEvent: (finding: SecurityFinding) => void;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}): UnknownKidFloods {
  const { clock, cooldownMs, onEvent, setTimer } = options;
  const floods = new Map<IdpKeys, UnknownKidWindow>();

  const report = (keys: IdpKeys, window: UnknownKidWindow): void => {
    window.stopTimer?.();
    window.stopTimer = null;
    floods.delete(keys);
    const seconds = Math.round(window.lengthMs / 1_000);
    onEvent({
      kind: "unknown_key_flood",
      tenant: keys.tenant,
      tokenTenant: null,
      identityProvider: keys.name,
      subject: null,
      issuer: keys.issuer,
      detail: `${window.refused} times within ${seconds} s, ${FLOOD_FROM_TOKENS} or more different tokens named keys that ${keys.id} does not have`,
      count: window.refused,
    });
  };

  const windowOf = (keys: IdpKeys): UnknownKidWindow => {
    const now = elapsedMs(clock);
    const open = keys.unknownKids;
    if (open !== null && now < open.endsAt) return open;
    if (open !== null && open.stopTimer !== null) report(keys, open);
    const lengthMs = cooldownMs();
    const fresh = { endsAt: now + lengthMs, lengthMs, tokens: new Set<string>(), refused: 0, stopTimer: null };
    keys.unknownKids = fresh;
    return fresh;
  };

  return {
    refused(keys, token) {
      const window = windowOf(keys);
      window.refused += 1;
      if (window.stopTimer !== null) return;
      window.tokens.add(digestOf(token));
      if (window.tokens.size < FLOOD_FROM_TOKENS) return;
      window.tokens.clear();
      window.stopTimer = setTimer(() => report(keys, window), Math.max(1, window.endsAt - elapsedMs(clock)));
      floods.set(keys, window);
    },
    close() {
      for (const [keys, window] of [...floods]) report(keys, window);
    },
  };
}
