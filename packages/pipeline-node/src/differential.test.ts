import { parseCompact, pickKey, readJoseHeader } from "@sallyport/pipeline";
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "@sallyport/snapshot";
import fc from "fast-check";
import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";
import { keysOf, portsWith } from "./testing/fleet.fixture.js";

const ports = portsWith(keysOf({}));

/** The verdict of the hot path on a compact JWS, signature and form alone. */
function ours(jwk: JWK, token: string): boolean {
  const jws = parseCompact(token);
  const header = jws === null ? null : readJoseHeader(jws.header, ports);
  if (jws === null || header === null || "fault" in header) return false;
  const picked = pickKey({ keys: importKeySet({ keys: [jwk] }).keys, generation: 1 }, header);
  return "key" in picked && ports.signatures.verify(header.algorithm, picked.key, jws.signingInput, jws.signature);
}

async function joses(jwk: JWK, algorithm: SignatureAlgorithm, token: string): Promise<boolean> {
  try {
    await compactVerify(token, await importJWK(jwk, algorithm), { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}

describe.each(SIGNATURE_ALGORITHMS.map((algorithm) => [algorithm]))("%s, held against jose", (algorithm) => {
  let jwk: JWK;
  let sign: (payload: string) => Promise<string>;

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: algorithm, use: "sig" };
    sign = (payload) => new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: algorithm, kid: "k" }).sign(privateKey);
  });

  test("what jose signed verifies", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (payload) => {
        expect(ours(jwk, await sign(payload))).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  test("one flipped bit anywhere gives the same verdict as jose's, and never true", async () => {
    const token = await sign('{"sub":"user-1"}');
    const segments = token.split(".").map((segment) => Buffer.from(segment, "base64url"));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 }), fc.nat(), async (which, at) => {
        const flipped = segments.map((bytes) => Buffer.from(bytes));
        const bytes = flipped[which] ?? Buffer.alloc(0);
        const bit = at % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const changed = flipped.map((part) => part.toString("base64url")).join(".");
        expect(ours(jwk, changed)).toBe(false);
        expect(await joses(jwk, algorithm, changed)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test("a signature that is cut, lengthened, empty or all zeros does not verify", async () => {
    const token = await sign("{}");
    const dot = token.lastIndexOf(".") + 1;
    const signature = Buffer.from(token.slice(dot), "base64url");
    const variants = [
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.alloc(signature.length),
      Buffer.alloc(signature.length, 255),
      Buffer.alloc(1),
    ];
    for (const variant of variants) expect(ours(jwk, token.slice(0, dot) + variant.toString("base64url"))).toBe(false);
    expect(ours(jwk, token.slice(0, dot))).toBe(false);
  });

  test("a signature that begins with a zero byte verifies whole, and not without it", async () => {
    // One of 256 does so; EdDSA and ECDSA have their fixed halves.
    for (let attempt = 0; attempt < 5_000; attempt += 1) {
      const token = await sign(`{"n":${attempt}}`);
      const dot = token.lastIndexOf(".") + 1;
      const signature = Buffer.from(token.slice(dot), "base64url");
      if (signature[0] !== 0) continue;
      expect(ours(jwk, token)).toBe(true);
      expect(ours(jwk, token.slice(0, dot) + signature.subarray(1).toString("base64url"))).toBe(false);
      return;
    }
    throw new Error("no signature began with a zero byte");
  }, 30_000);

  test("under every other algorithm's name the same bytes do not verify", async () => {
    const [, payload, signature] = (await sign("{}")).split(".");
    for (const other of SIGNATURE_ALGORITHMS.filter((name) => name !== algorithm)) {
      const header = Buffer.from(JSON.stringify({ alg: other, kid: "k" })).toString("base64url");
      expect(ours({ ...jwk, alg: other }, `${header}.${payload}.${signature}`)).toBe(false);
    }
  });
});
