import { authenticate, compileSnapshot, type KeySource } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";
import { acmeMint, bearer, globexMint } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, factsOf, fleet, freshConnection, keysOf, NOW, nowSeconds, portsWith, tenant } from "./testing/fleet.fixture.js";

const good = bearer(acmeMint.token(claimsOf("acme")));
const facts = (authorization = good, connection = freshConnection()) => factsOf({ authorization, connection });

function compileOne(section: ReturnType<typeof tenant>, previous?: Parameters<typeof compileSnapshot>[1]) {
  const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: sharedFleet, tenants: [section] }, previous);
  if (!result.ok) throw new Error("does not compile");
  return result.compiled;
}
const sharedFleet = fleet();

/** Counts what a decision costs. */
function counting(keys: KeySource) {
  const counts = { verified: 0, digests: 0 };
  const base = portsWith(keys);
  const ports = {
    ...base,
    signatures: {
      verify: (...args: Parameters<typeof base.signatures.verify>) => {
        counts.verified++;
        return base.signatures.verify(...args);
      },
    },
    tokenDigest: (text: string) => {
      counts.digests++;
      return base.tokenDigest(text);
    },
  };
  return { ports, counts };
}

describe("what is remembered", () => {
  test("the second request of a connection costs neither a digest nor a signature, a new connection one digest", () => {
    const snapshot = compileOne(tenant("acme"));
    const { ports, counts } = counting(keysOf({ "acme/main": [acmeMint.jwk] }));
    const connection = freshConnection();
    for (let n = 0; n < 3; n++) expect(authenticate(snapshot, facts(good, connection), ports)).toMatchObject({ outcome: "allow" });
    expect(counts).toEqual({ verified: 1, digests: 1 });
    expect(authenticate(snapshot, facts(), ports)).toMatchObject({ outcome: "allow" });
    expect(counts).toEqual({ verified: 1, digests: 2 });
  });

  test("refusals are not: each bad token is looked at again", () => {
    const snapshot = compileOne(tenant("acme"));
    const { ports, counts } = counting(keysOf({ "acme/main": [acmeMint.jwk] }));
    const forged = bearer(globexMint.token(claimsOf("acme")));
    for (let n = 0; n < 3; n++) expect(authenticate(snapshot, facts(forged), ports)).toMatchObject({ code: "invalid_token" });
    expect(counts.verified).toBe(3);
  });

  test("ends with the token's life, to the millisecond", () => {
    const snapshot = compileOne(tenant("acme"));
    let now = NOW;
    const ports = { ...portsWith(keysOf({ "acme/main": [acmeMint.jwk] })), clock: { now: () => now } };
    const connection = freshConnection();
    const short = bearer(acmeMint.token(claimsOf("acme", { exp: nowSeconds + 10 })));
    expect(authenticate(snapshot, facts(short, connection), ports)).toMatchObject({ outcome: "allow" });
    now = NOW + 39_999;
    expect(authenticate(snapshot, facts(short, connection), ports)).toMatchObject({ outcome: "allow" });
    now = NOW + 40_000;
    for (const memo of [connection, freshConnection()]) {
      expect(authenticate(snapshot, facts(short, memo), ports)).toMatchObject({ outcome: "deny", code: "token_expired" });
    }
  });

  test("ends when the IdP's keys change or cannot be used any more", async () => {
    const snapshot = compileOne(tenant("acme"));
    let set: ReturnType<KeySource["current"]> = { keys: importKeySet({ keys: [acmeMint.jwk] }).keys, generation: 1 };
    const keys: KeySource = {
      current: () => set,
      load: async () => ({ unavailable: "stale" }),
      refreshForUnknownKid: () => null,
      refusedUnknownKid: () => undefined,
    };
    const ports = portsWith(keys);
    const connection = freshConnection();
    expect(authenticate(snapshot, facts(good, connection), ports)).toMatchObject({ outcome: "allow" });
    set = { keys: importKeySet({ keys: [{ ...globexMint.jwk, kid: "key-9" }] }).keys, generation: 2 };
    expect(authenticate(snapshot, facts(good, connection), ports)).toMatchObject({ code: "unknown_signing_key" });
    set = null;
    expect(await authenticate(snapshot, facts(good, connection), ports)).toMatchObject({ code: "idp_unavailable" });
  });

  test("ends with the configuration that it was verified for", () => {
    const ports = portsWith(keysOf({ "acme/main": [acmeMint.jwk] }));
    const connection = freshConnection();
    const before = compileOne(tenant("acme"));
    expect(authenticate(before, facts(good, connection), ports)).toMatchObject({ outcome: "allow" });
    const idp = { issuer: "https://idp.acme.example", audiences: ["acme-api"] };
    const claimed = tenant("acme", { identityProviders: { main: { ...idp, tenantClaim: { claim: "org", value: "acme" } } } });
    expect(authenticate(compileOne(claimed, before), facts(good, connection), ports)).toMatchObject({ code: "invalid_claims" });
    const suspended = compileOne(tenant("acme", { status: "suspended" }), before);
    expect(authenticate(suspended, facts(good, connection), ports)).toMatchObject({ code: "tenant_suspended" });
    const disabled = tenant("acme", { identityProviders: { main: { ...idp, status: "disabled" } } });
    expect(authenticate(compileOne(disabled, before), facts(good, connection), ports)).toMatchObject({ code: "invalid_token" });
  });

  test("yields a principal, never a decision: another route's scopes are asked for again", () => {
    const snapshot = compileOne(
      tenant("acme", {
        routes: {
          main: { upstream: "main", authentication: { mode: "required" } },
          admin: { pathPrefix: "/admin", upstream: "main", authentication: { mode: "required", requiredScopes: ["admin"] } },
        },
      }),
    );
    const ports = portsWith(keysOf({ "acme/main": [acmeMint.jwk] }));
    const connection = freshConnection();
    expect(authenticate(snapshot, facts(good, connection), ports)).toMatchObject({ outcome: "allow" });
    const admin = factsOf({ authorization: good, connection, target: "/admin/x" });
    expect(authenticate(snapshot, admin, ports)).toMatchObject({ code: "insufficient_scope", requiredScopes: ["admin"] });
  });
});
