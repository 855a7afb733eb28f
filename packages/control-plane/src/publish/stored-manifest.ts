import type { Manifest } from "@sallyport/snapshot";

const HASH_LENGTH = 64;

/**
 * A manifest as this package stored it. Checked by hand, not by schema: it was written from a `Manifest`, and has tens of thousands
 * of members where there are as many tenants.
 * @throws Error when it is anything else
 */
export function storedManifest(value: unknown): Manifest {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isRecord || !Object.values(value).every((hash) => typeof hash === "string" && hash.length === HASH_LENGTH))
    throw new Error("A stored manifest is not one.");
  return value as Manifest;
}
