import type { CompiledApiKey } from "@sallyport/pipeline";
import type { ApiKeyUse } from "@sallyport/snapshot/protocol";

/** As far as a use is told of it. */
export type UsedKey = Pick<CompiledApiKey, "tenant" | "name" | "isPrevious">;

/** When each API key was used last. Noting a use is one look-up; of each key at most one a minute is told. */
export interface ApiKeyUses {
  note(key: UsedKey): void;
  /** Uses that are due: of keys that were not told of for a minute, or all with `everything`. At most `most`; the rest stays. */
  take(nowMs: number, most: number, everything?: boolean): ApiKeyUse[];
  /** Whether `take` has something to give at this moment. */
  isDue(nowMs: number): boolean;
}

const TELL_EVERY_MS = 60_000;

interface Seen {
  usedAtMs: number;
  /** Used since it was told of. */
  untold: boolean;
  toldAtMs: number;
}

export function createApiKeyUses(clock: { now(): number }): ApiKeyUses {
  // By the compiled key itself: nothing is joined together for a request. A tenant that is compiled anew starts over, which costs one row.
  const seen = new Map<UsedKey, Seen>();
  const isReady = (use: Seen, nowMs: number): boolean => use.untold && nowMs - use.toldAtMs >= TELL_EVERY_MS;

  return {
    note(key) {
      const known = seen.get(key);
      if (known === undefined) seen.set(key, { usedAtMs: clock.now(), untold: true, toldAtMs: Number.NEGATIVE_INFINITY });
      else {
        known.usedAtMs = clock.now();
        known.untold = true;
      }
    },
    take(nowMs, most, everything = false) {
      const rows: ApiKeyUse[] = [];
      for (const [key, use] of seen) {
        if (rows.length === most) return rows;
        if (everything ? use.untold : isReady(use, nowMs)) {
          rows.push({ tenant: key.tenant, name: key.name, previous: key.isPrevious, lastUsedAt: new Date(use.usedAtMs).toISOString() });
          use.untold = false;
          use.toldAtMs = nowMs;
        } else if (!use.untold && nowMs - use.toldAtMs >= TELL_EVERY_MS) seen.delete(key);
      }
      return rows;
    },
    isDue(nowMs) {
      for (const use of seen.values()) if (isReady(use, nowMs)) return true;
      return false;
    },
  };
}
