import type { VerificationKey } from "@sallyport/pipeline";
import type { SeedKeysSection } from "@sallyport/snapshot";
import type { ImportKeys } from "./documents.js";

interface Seed {
  readonly keys: readonly VerificationKey[];
  /** Wall clock, ms. */
  readonly fetchedAt: number;
}

/** Last known keys by IdP, imported when first asked for. */
export interface Seeds {
  of(id: string): Seed | null;
  replace(keys: SeedKeysSection["keys"]): void;
  /** Seeds of this IdP that were fetched at or before `at` (wall ms) are no longer used, also when they are sent again. */
  forget(id: string, at: number): void;
}

export function createSeeds(importKeys: ImportKeys): Seeds {
  let raw: SeedKeysSection["keys"] = {};
  let imported = new Map<string, Seed | null>();
  const forgotten = new Map<string, number>();

  const read = (id: string): Seed | null => {
    const slash = id.indexOf("/");
    const tenant = id.slice(0, slash);
    const name = id.slice(slash + 1);
    const found = Object.hasOwn(raw, tenant) ? raw[tenant] : undefined;
    const entry = found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined;
    if (entry === undefined) return null;
    const fetchedAt = Date.parse(entry.fetchedAt);
    if (fetchedAt <= (forgotten.get(id) ?? Number.NEGATIVE_INFINITY)) return null;
    const { keys } = importKeys(entry.jwks);
    return keys.length === 0 ? null : { keys, fetchedAt };
  };

  return {
    of(id) {
      const known = imported.get(id);
      if (known !== undefined) return known;
      const seed = read(id);
      imported.set(id, seed);
      return seed;
    },
    replace(next) {
      raw = next;
      imported = new Map();
    },
    forget(id, at) {
      forgotten.set(id, at);
      imported.delete(id);
    },
  };
}
