import { createHash, randomUUID } from "node:crypto";
import { sha256Hex } from "@sallyport/pipeline-node";
import { installationHash, rootHash } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { manifestHashes } from "./manifest-hash.js";

describe("hashing a manifest in slices", () => {
  it.each([0, 1, 2, 50, 3_000])("gives the hashes of the snapshot package for %i sections", async (count) => {
    const names = Array.from({ length: count }, (_, index) => `${index % 7 === 0 ? "installation" : "tenants"}/${randomUUID().slice(0, 13)}${index}`);
    const manifest = Object.fromEntries(names.map((name) => [name, createHash("sha256").update(name).digest("hex")]));
    const inOrder = new Map(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(await manifestHashes(inOrder)).toEqual({
      rootHash: rootHash(manifest, sha256Hex),
      installationHash: installationHash(manifest, sha256Hex),
    });
  });
});
