import { describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";
import { createSignatureVerifier } from "./signature-verifier.js";
import { createMint } from "./testing/mint.fixture.js";

const mint = createMint("ES256", "k");
const signature = mint.signatureOf("a.b");
const verifier = createSignatureVerifier();
const [key] = importKeySet({ keys: [mint.jwk] }).keys;
if (key === undefined) throw new Error("the mint's key is not importable");

describe("the signature verifier", () => {
  test("verifies what the key signed, and nothing else", () => {
    expect(verifier.verify("ES256", key, "a.b", signature)).toBe(true);
    expect(verifier.verify("ES256", key, "a.c", signature)).toBe(false);
  });

  test.each(["RS256", "PS256", "ES384", "EdDSA"] as const)("says no for %s, to which the key is not bound", (algorithm) => {
    expect(verifier.verify(algorithm, key, "a.b", signature)).toBe(false);
  });

  test("takes no key but its own, so that a handle of another making is a fault and not a verdict", () => {
    expect(() => verifier.verify("ES256", { ...key, handle: mint.publicKey }, "a.b", signature)).toThrow(TypeError);
  });
});
