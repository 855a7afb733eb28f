import { authenticate, type KeySource, type Ports } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { acmeMint, bearer, keys, snapshot, strangerMint } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, freshConnection, portsWith, tenant } from "./testing/fleet.fixture.js";

const good = bearer(acmeMint.token(claimsOf("acme")));
const forged = bearer(strangerMint.token(claimsOf("acme")));
const broken = (): never => {
  throw new Error("broken port");
};
const over = (part: Partial<KeySource>): Partial<Ports> => ({ keys: { ...keys, ...part } });
const limited = compiled([tenant("acme", { rateLimitPolicies: { all: { key: ["tenant"], limit: 10, burst: 10 } } })]);

/** A port that breaks, and what a good token may then get. */
const faults: readonly (readonly [string, Partial<Ports>])[] = [
  ["the clock throws", { clock: { now: broken } }],
  ["the clock gives NaN", { clock: { now: () => Number.NaN } }],
  ["the clock gives nothing", { clock: { now: () => undefined as unknown as number } }],
  ["the key source throws", over({ current: broken })],
  ["the key source gives rubbish", over({ current: () => ({}) as never })],
  [
    "the key source gives keys without a handle",
    over({ current: () => ({ keys: [{ kid: "key-1", algorithms: ["RS256"], handle: null }], generation: 1 }) }),
  ],
  ["the key load throws", over({ current: () => null, load: broken })],
  ["the key load rejects", over({ current: () => null, load: async () => broken() })],
  ["the key load gives nothing", over({ current: () => null, load: async () => undefined as never })],
  ["the key load says that nothing can be had", over({ current: () => null, load: async () => ({ unavailable: "away" }) })],
  ["the key refresh rejects", over({ current: () => ({ keys: [], generation: 1 }), refreshForUnknownKid: () => Promise.reject(new Error("x")) })],
  [
    "the counting of unknown kids throws",
    over({ current: () => ({ keys: [], generation: 1 }), refreshForUnknownKid: () => null, refusedUnknownKid: broken }),
  ],
  ["the verifier throws", { signatures: { verify: broken } }],
  ["the verifier gives a truthy that is not true", { signatures: { verify: () => 1 as unknown as boolean } }],
  ["the verifier gives a promise of true", { signatures: { verify: () => Promise.resolve(true) as unknown as boolean } }],
  ["the cache throws on reading", { tokens: { get: broken, set: () => undefined } }],
  ["the cache throws on writing", { tokens: { get: () => undefined, set: broken } }],
  ["the digest throws", { digest: broken, tokenDigest: broken }],
  ["the digest is the same for all", { digest: () => "", tokenDigest: () => "" }],
  ["the limiter throws", { limits: { take: broken } }],
  ["the limiter gives nothing", { limits: { take: () => undefined as never } }],
  [
    "the limiter gives a truthy that is not true",
    { limits: { take: () => ({ allowed: "yes" as unknown as boolean, remaining: 1, retryAfterSeconds: 0 }) } },
  ],
  ["the base64url decoder throws", { decodeBase64Url: broken }],
  ["the base64url decoder gives nothing", { decodeBase64Url: () => "" }],
  ["the UTF-8 decoder throws", { decodeUtf8: broken }],
  ["the UTF-8 decoder gives null", { decodeUtf8: () => null }],
];

describe("a fault in a port gives no accept", () => {
  test.each(faults)("%s", async (_, fault) => {
    // A header that was remembered would hide a broken decoder: each run has its own.
    const token = bearer(acmeMint.token(claimsOf("acme"), { run: Math.random() }));
    for (const authorization of [token, forged]) {
      const decision = await authenticate(limited, factsOf({ authorization, connection: freshConnection() }), portsWith(keys, fault));
      expect(decision.outcome).toBe("deny");
    }
  });

  test("a broken cache that gives rubbish or another's entry is a miss, and a forged token stays out", async () => {
    const stolen: unknown[] = [];
    const spying = portsWith(keys, { tokens: { get: () => undefined, set: (_, value) => stolen.push(value) } });
    expect(await authenticate(snapshot, factsOf({ authorization: good }), spying)).toMatchObject({ outcome: "allow" });
    for (const value of ["yes", true, {}, { idp: {}, principal: {} }]) {
      const ports = portsWith(keys, { tokens: { get: () => value, set: () => undefined } });
      expect(await authenticate(snapshot, factsOf({ authorization: forged }), ports)).toMatchObject({ outcome: "deny", code: "invalid_token" });
    }
    const ports = portsWith(keys, { tokens: { get: () => stolen[0], set: () => undefined } });
    const facts = factsOf({ authorization: good, host: "globex.api.example.com" });
    expect(await authenticate(snapshot, facts, ports)).toMatchObject({ outcome: "deny", code: "tenant_mismatch" });
  });

  test("whatever a thrown value is, the answer is internal_fault", async () => {
    for (const thrown of [undefined, null, "text", 0, new TypeError("x")]) {
      const ports = portsWith(keys, {
        tokenDigest: () => {
          throw thrown;
        },
      });
      expect(await authenticate(snapshot, factsOf({ authorization: good }), ports)).toMatchObject({ outcome: "deny", code: "internal_fault" });
    }
  });
});
