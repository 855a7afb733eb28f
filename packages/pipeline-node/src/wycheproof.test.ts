import { readFileSync } from "node:fs";
import { parseCompact, pickKey, readJoseHeader } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";
import { keysOf, portsWith } from "./testing/fleet.fixture.js";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string | object;
  readonly result: "valid" | "invalid";
}
interface Group {
  readonly comment: string;
  readonly public?: unknown;
  readonly private: unknown;
  readonly tests: readonly Vector[];
}

const ports = portsWith(keysOf({}));

const HMAC = "valid by HMAC, which a gateway never takes: with a shared secret the verifier could sign";
const BOUND = "the key's alg is PS256 and the token's is PS384: a key that names its algorithm is for that one only (RFC 7517 §4.4)";
const UNREGISTERED = "the key's alg is ES521, which is not a registered name (RFC 7518 §3.1 says ES512)";
const ROCA =
  "the modulus has the ROCA structure; the signature holds, and finding weak generators is the IdP's registration check, not the hot path's";

/** Where the product decides otherwise than the vector says, by file and tcId, and why. */
const DEVIATIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "json_web_signature_test.json": {
    1: HMAC,
    346: BOUND,
    347: UNREGISTERED,
    348: HMAC,
    350: BOUND,
    351: UNREGISTERED,
    352: HMAC,
    357: HMAC,
    358: HMAC,
    359: HMAC,
    372: HMAC,
    373: HMAC,
    376: HMAC,
    377: HMAC,
  },
  "json_web_key_test.json": { 2: HMAC, 7: ROCA, 13: HMAC, 14: HMAC, 15: HMAC },
};

/** The product's own path: key import, compact parser, header, key selection, signature. What the payload says is another stage's. */
function accepts(group: Group, jws: string | object): boolean {
  if (typeof jws !== "string") return false;
  const key = group.public ?? group.private;
  const set = typeof key === "object" && key !== null && "keys" in key ? key : { keys: [key] };
  const token = parseCompact(jws);
  if (token === null) return false;
  const header = readJoseHeader(token.header, ports);
  if ("fault" in header) return false;
  const picked = pickKey({ keys: importKeySet(set).keys, generation: 1 }, header);
  return "key" in picked && ports.signatures.verify(header.algorithm, picked.key, token.signingInput, token.signature);
}

describe.each(["json_web_signature_test.json", "json_web_key_test.json"])("Wycheproof %s", (file) => {
  const url = new URL(`../vectors/wycheproof/${file}`, import.meta.url);
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(url, "utf8")) as { testGroups: Group[]; numberOfTests: number };
  const vectors = testGroups.flatMap((group) =>
    group.tests.map((vector) => [vector.tcId, `${group.comment}: ${vector.comment}`, group, vector] as const),
  );
  test("is whole", () => expect(vectors).toHaveLength(numberOfTests));
  test.each(vectors)("%i %s", (_, __, group, vector) => {
    const deviates = DEVIATIONS[file]?.[vector.tcId] !== undefined;
    expect(accepts(group, vector.jws)).toBe((vector.result === "valid") !== deviates);
  });
});
