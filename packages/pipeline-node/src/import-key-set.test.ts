import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({ format: "jwk" });
const ed = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
const x25519 = generateKeyPairSync("x25519").publicKey.export({ format: "jwk" });
const reasonOf = (member: unknown) => importKeySet({ keys: [member] }).skipped[0]?.reason;
const algorithmsOf = (member: unknown) => importKeySet({ keys: [member] }).keys[0]?.algorithms;

describe("importKeySet", () => {
  test("binds a key to the algorithms of its type", () => {
    expect(algorithmsOf(rsa)).toEqual(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
    expect(algorithmsOf(p256)).toEqual(["ES256"]);
    expect(algorithmsOf(p521)).toEqual(["ES512"]);
    expect(algorithmsOf(ed)).toEqual(["EdDSA"]);
  });

  test("binds a key that names its algorithm to that one alone", () => {
    expect(algorithmsOf({ ...rsa, alg: "PS384" })).toEqual(["PS384"]);
    expect(algorithmsOf({ ...ed, alg: "EdDSA" })).toEqual(["EdDSA"]);
    expect(algorithmsOf({ ...ed, alg: "Ed25519" })).toEqual(["EdDSA"]);
  });

  test.each([
    ["null", null],
    ["text", "key"],
    ["an array", []],
    ["an empty object", {}],
    ["kty oct", { kty: "oct", k: "AAAA" }],
    ["kty oct without its secret", { kty: "oct" }],
    ["kty in another case", { ...rsa, kty: "rsa" }],
    ["a private exponent", { ...rsa, d: "AQ" }],
    ["a private scalar of a curve", { ...p256, d: "AQ" }],
    ["use enc", { ...rsa, use: "enc" }],
    ["use empty", { ...rsa, use: "" }],
    ["use null", { ...rsa, use: null }],
    ["key_ops empty", { ...rsa, key_ops: [] }],
    ["key_ops encrypt", { ...rsa, key_ops: ["encrypt"] }],
    ["alg HS256 on an RSA key", { ...rsa, alg: "HS256" }],
    ["alg none", { ...rsa, alg: "none" }],
    ["alg ES256 on an RSA key", { ...rsa, alg: "ES256" }],
    ["alg RSA-OAEP", { ...rsa, alg: "RSA-OAEP" }],
    ["alg null", { ...rsa, alg: null }],
    ["alg ES384 on P-256", { ...p256, alg: "ES384" }],
    ["alg of an object's member", { ...rsa, alg: "constructor" }],
    ["kid a number", { ...rsa, kid: 7 }],
    ["kid empty", { ...rsa, kid: "" }],
    ["n missing", { ...rsa, n: undefined }],
    ["n padded", { ...rsa, n: `${rsa.n}==` }],
    ["n with a blank", { ...rsa, n: ` ${rsa.n}` }],
    ["n zero", { ...rsa, n: "AAAA" }],
    ["n of 512 bits", { ...rsa, n: rsa.n?.slice(0, 86) }],
    ["n even", { ...rsa, n: Buffer.alloc(256, 254).toString("base64url") }],
    ["n of 16,384 bits", { ...rsa, n: Buffer.alloc(2048, 255).toString("base64url") }],
    ["e = 1", { ...rsa, e: "AQ" }],
    ["e = 1 with leading zeros", { ...rsa, e: "AAAB" }],
    ["e = 2", { ...rsa, e: "Ag" }],
    ["e = 0", { ...rsa, e: "AA" }],
    ["e of nine bytes", { ...rsa, e: Buffer.alloc(9, 255).toString("base64url") }],
    ["crv secp256k1", { ...p256, crv: "secp256k1" }],
    ["crv of an object's member", { ...p256, crv: "toString" }],
    ["crv X25519", x25519],
    ["crv Ed25519 as EC", { ...ed, kty: "EC" }],
    ["a point that is not on the curve", { ...p256, y: p256.x }],
    ["a short coordinate", { ...p256, x: p256.x?.slice(0, 40) }],
    ["y missing", { ...p256, y: undefined }],
    ["an Ed25519 key of 31 bytes", { ...ed, x: ed.x?.slice(0, 42) }],
  ])("skips a member with %s, and keeps the good one beside it", (_, member) => {
    const { keys, skipped } = importKeySet({ keys: [member, rsa] });
    expect(keys).toHaveLength(1);
    expect(skipped).toEqual([{ index: 0, reason: expect.any(String) }]);
  });

  test.each([[null], ["text"], [[]], [{}], [{ keys: {} }], [{ keys: null }], [Object.create({ keys: [rsa] })]])(
    "gives no key for %j, which is no set",
    (document) => {
      expect(importKeySet(document)).toEqual({ keys: [], skipped: [{ index: -1, reason: expect.any(String) }] });
    },
  );

  test("takes at most a hundred keys and says which it left", () => {
    const { keys, skipped } = importKeySet({ keys: Array.from({ length: 103 }, (_, n) => ({ ...p256, kid: `k${n}` })) });
    expect(keys).toHaveLength(100);
    expect(skipped.map(({ index }) => index)).toEqual([100, 101, 102]);
  });

  test("tells the size of a key that is too small", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
    expect(reasonOf(small)).toContain("1024 bits");
  });

  test("accepts a modulus with leading zero octets", () => {
    const padded = Buffer.concat([Buffer.alloc(1), Buffer.from(rsa.n ?? "", "base64url")]).toString("base64url");
    expect(algorithmsOf({ ...rsa, n: padded })).toContain("RS256");
  });

  test("never throws, whatever a set holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.anything(),
            fc.record({
              kty: fc.constantFrom("RSA", "EC", "OKP"),
              n: fc.string(),
              e: fc.string(),
              x: fc.string(),
              y: fc.string(),
              crv: fc.constantFrom("P-256", "Ed25519"),
            }),
          ),
        ),
        (keys) => {
          const result = importKeySet({ keys });
          expect(result.keys.length + result.skipped.length).toBe(keys.length);
        },
      ),
    );
  });
});
