import { authenticate, type Decision, explain, type Ports, type ProofUse } from "@sallyport/pipeline";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acmeMint, bearer, keys } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, freshConnection, issuerOf, NOW, portsWith, tenant } from "./testing/fleet.fixture.js";
import { createHolder, proofOf } from "./testing/proofs.fixture.js";

const idp = { issuer: issuerOf("acme"), audiences: ["acme-api"] };
const snapshot = compiled([
  tenant("acme", { identityProviders: { main: { ...idp, dpop: { algorithms: ["EdDSA", "ES256"] } } } }),
  tenant("globex", { identityProviders: { main: { issuer: issuerOf("globex"), audiences: ["globex-api"], dpop: { required: true } } } }),
]);
const unaware = compiled([tenant("acme")]);
const holder = createHolder();
const token = acmeMint.token(claimsOf("acme", { cnf: { jkt: holder.jkt } }));
const requestWith = (proof: string) => ({ authorization: `DPoP ${token}`, headers: [["DPoP", proof]] as const });
const codeOf = (decision: Decision): string => (decision.outcome === "deny" ? decision.code : decision.outcome);

/** Notes uses as a store does, and everything that was asked of it. */
function noting() {
  const asked: { tenant: string; id: string; goodUntilMs: number; perNode: boolean }[] = [];
  const proofs: Ports["proofs"] = {
    use(of, id, use) {
      const again = asked.some((other) => other.tenant === of && other.id === id);
      asked.push({ tenant: of, id, ...use });
      return { state: again ? "again" : "first" };
    },
  };
  return { asked, proofs };
}

describe("a proof of possession", () => {
  test("counts once, on whatever connection it comes again, and the second time is told of", async () => {
    const { proofs } = noting();
    const ports = portsWith(keys, { proofs });
    const connection = freshConnection();
    const request = requestWith(proofOf(holder, token));
    expect(codeOf(await authenticate(snapshot, factsOf({ ...request, connection }), ports))).toBe("allow");
    for (const memo of [connection, freshConnection(), null]) {
      const again = await authenticate(snapshot, factsOf({ ...request, connection: memo }), ports);
      expect(codeOf(again)).toBe("invalid_dpop_proof");
      expect(again.findings).toMatchObject([
        { kind: "dpop_replay", tenant: "acme", identityProvider: "main", subject: "user-1", issuer: issuerOf("acme") },
      ]);
    }
    expect(codeOf(await authenticate(snapshot, factsOf({ ...requestWith(proofOf(holder, token)), connection }), ports))).toBe("allow");
  });

  test("is asked for with every request: a token that is remembered as verified says nothing of its sender", async () => {
    const ports = portsWith(keys);
    const connection = freshConnection();
    expect(codeOf(await authenticate(snapshot, factsOf({ ...requestWith(proofOf(holder, token)), connection }), ports))).toBe("allow");
    expect(connection.authorization).toBe(`DPoP ${token}`);
    const stolen = [
      [{ authorization: `DPoP ${token}` }, "invalid_dpop_proof"],
      [requestWith(proofOf(createHolder(), token)), "invalid_dpop_proof"],
      [{ authorization: bearer(token) }, "invalid_token"],
    ] as const;
    for (const [request, code] of stolen)
      for (const memo of [connection, freshConnection()])
        expect(codeOf(await authenticate(snapshot, factsOf({ ...request, connection: memo }), ports))).toBe(code);
  });

  test("is noted only when all else holds, under whose it is, for as long as it is good", async () => {
    const { asked, proofs } = noting();
    const ports = portsWith(keys, { proofs });
    for (const claims of [{ htm: "POST" }, { iat: 0 }, { ath: "x" }])
      await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token, claims))), ports);
    await authenticate(snapshot, factsOf({ authorization: bearer(acmeMint.token(claimsOf("acme"))) }), ports);
    await authenticate(snapshot, factsOf({ authorization: bearer(token) }), ports);
    expect(asked).toEqual([]);
    await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token, { iat: NOW / 1_000 }))), ports);
    expect(asked).toEqual([{ tenant: "acme", id: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), goodUntilMs: NOW + 90_000, perNode: false }]);
  });

  test("of one name is another one for another key, and the same in another spelling", async () => {
    const { asked, proofs } = noting();
    const ports = portsWith(keys, { proofs });
    const other = createHolder();
    const othersToken = acmeMint.token(claimsOf("acme", { cnf: { jkt: other.jkt } }));
    const jti = { jti: "same" };
    await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token, jti))), ports);
    await authenticate(snapshot, factsOf({ authorization: `DPoP ${othersToken}`, headers: [["DPoP", proofOf(other, othersToken, jti)]] }), ports);
    // Signed anew, with a claim more: it is the name that is used up.
    await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token, { ...jti, more: 1 }))), ports);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(2);
    expect(asked[2]?.id).toBe(asked[0]?.id);
  });

  test.each<[string, ProofUse]>([["the store is away", { state: "unavailable", reason: "no answer in time" }]])(
    "refuses with 503 while %s, and says nothing more",
    async (_, use) => {
      for (const answer of [use, Promise.resolve(use)]) {
        const decision = await authenticate(
          snapshot,
          factsOf(requestWith(proofOf(holder, token))),
          portsWith(keys, { proofs: { use: () => answer } }),
        );
        expect([codeOf(decision), decision.findings]).toEqual(["proof_store_unavailable", []]);
      }
    },
  );

  test("lets nothing in when its port breaks, in whatever way", async () => {
    const broken: Partial<Ports>[] = [
      { proofs: { use: () => Promise.reject(new Error("gone")) } },
      {
        proofs: {
          use: () => {
            throw new Error("gone");
          },
        },
      },
      { proofs: { use: () => ({}) as ProofUse } },
      { proofKeys: { ...portsWith(keys).proofKeys, hashToken: () => undefined as unknown as string } },
      { digest: () => "" },
    ];
    for (const over of broken) {
      const decision = await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token))), portsWith(keys, over));
      expect(decision.outcome).toBe("deny");
    }
  });

  test("whoever decides alone while the store is away says so in the route's degradation policy", async () => {
    const { asked, proofs } = noting();
    const alone = compiled([
      tenant("acme", {
        degradationPolicies: { alone: { dpopReplay: "PER_NODE" } },
        routes: { main: { upstream: "main", degradation: "alone", authentication: { mode: "required" } } },
      }),
    ]);
    await authenticate(alone, factsOf(requestWith(proofOf(holder, token))), portsWith(keys, { proofs }));
    expect(asked[0]?.perNode).toBe(true);
  });

  test("has done its work for what is open: neither its age nor its use is looked at again, and all else is", async () => {
    const { asked, proofs } = noting();
    const facts = factsOf(requestWith(proofOf(holder, token, { iat: NOW / 1_000 })));
    const later = portsWith(keys, { proofs, clock: { now: () => NOW + 300_000 } });
    expect(codeOf(await authenticate(snapshot, facts, later))).toBe("invalid_dpop_proof");
    expect(codeOf(await authenticate(snapshot, { ...facts, decidedBefore: true }, later))).toBe("allow");
    expect(asked).toEqual([]);
    const wrong = factsOf(requestWith(proofOf(createHolder(), token)));
    expect(codeOf(await authenticate(snapshot, { ...wrong, decidedBefore: true }, later))).toBe("invalid_dpop_proof");
  });
});

describe("what a refused client is told", () => {
  const told = async (request: Parameters<typeof factsOf>[0], from = snapshot) => {
    const decision = await authenticate(from, factsOf(request), portsWith(keys));
    return decision.outcome === "deny" ? decision.dpop : undefined;
  };

  test("names DPoP where a provider of the route has it, or the client used it", async () => {
    expect(await told({})).toEqual({ algorithms: ["ES256", "EdDSA"], takesBearer: true, used: false });
    expect(await told({ authorization: bearer(token) })).toEqual({ algorithms: ["ES256", "EdDSA"], takesBearer: true, used: false });
    expect(await told({ host: "globex.api.example.com" })).toMatchObject({ takesBearer: false });
    expect(await told({}, unaware)).toBeNull();
    expect(await told(requestWith("x"), unaware)).toEqual({ algorithms: ["ES256", "EdDSA", "PS256", "RS256"], takesBearer: true, used: true });
  });
});

describe("the debugger", () => {
  test("names what a token was held to", async () => {
    const { steps } = await explain(snapshot, factsOf(requestWith(proofOf(holder, token))), portsWith(keys), { stopwatch: () => 0 });
    expect(steps[3]).toMatchObject({ step: "extract", detail: "one token, and a proof of possession" });
    expect(steps[4]).toMatchObject({
      step: "authenticate",
      result: "pass",
      detail: `user-1 by identity provider main; bound to the key ${holder.jkt}, whose proof holds`,
    });
  });
});

describe("whatever stands in the field", () => {
  test("a proof that is changed anywhere is none", async () => {
    const proof = proofOf(holder, token);
    const ports = portsWith(keys);
    await fc.assert(
      fc.asyncProperty(fc.nat(proof.length - 1), fc.string({ minLength: 0, maxLength: 3 }), async (at, text) => {
        const changed = proof.slice(0, at) + text + proof.slice(at + 1);
        if (changed === proof) return;
        const decision = await authenticate(snapshot, factsOf(requestWith(changed)), ports);
        expect(["invalid_dpop_proof", "bad_request"]).toContain(codeOf(decision));
      }),
      { numRuns: 500 },
    );
  });

  test("claims and header members of any kind are refused, and never a fault", async () => {
    const ports = portsWith(keys);
    const names = fc.constantFrom("htm", "htu", "iat", "jti", "ath", "typ", "alg", "jwk", "crit", "b64", "kid");
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        const change = { [name]: value };
        const decision = await authenticate(snapshot, factsOf(requestWith(proofOf(holder, token, change, change))), ports);
        // A kid of its own is none of a proof's business, a jti may be any text.
        if (decision.outcome === "deny") expect(decision.code).toBe("invalid_dpop_proof");
        else expect(["kid", "jti"]).toContain(name);
      }),
      { numRuns: 500 },
    );
  });
});
