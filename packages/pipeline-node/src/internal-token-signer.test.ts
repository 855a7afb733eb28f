import { generateKeyPairSync } from "node:crypto";
import { authenticate } from "@sallyport/pipeline";
import type { InternalKeysSection } from "@sallyport/snapshot";
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createInternalTokenSigner } from "./internal-token-signer.js";
import { acmeMint, bearer, defaults } from "./testing/acme-and-globex.fixture.js";
import { apiKeys, claimsOf, compiled, factsOf, NOW, nowSeconds, portsWith, tenant } from "./testing/fleet.fixture.js";

type Entry = InternalKeysSection["keys"][number];
const privateKeys = new Map<string, string>();

async function makeKey(algorithm: "ES256" | "EdDSA", signFrom: number): Promise<Entry> {
  const pair = algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  const kid = await calculateJwkThumbprint(pair.publicKey);
  privateKeys.set(kid, pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return { kid, algorithm, publicJwk: pair.publicKey.export({ format: "jwk" }) as Entry["publicJwk"], signFrom, sealed: "sealed" };
}

const sectionOf = (...keys: Entry[]): InternalKeysSection => ({ kind: "internal-keys", contentKey: "0".repeat(64), keys });
const jwksOf = ({ keys }: InternalKeysSection) =>
  createLocalJWKSet({
    keys: keys.map(
      ({ publicJwk: { kty, crv, x, y }, kid, algorithm }): JWK => ({ kty, crv, x, ...(y === undefined ? {} : { y }), kid, alg: algorithm }),
    ),
  });
const open = ({ kid }: Entry): string | null => privateKeys.get(kid) ?? null;

let old: Entry;
let next: Entry;
let edwards: Entry;
beforeAll(async () => {
  [old, next, edwards] = await Promise.all([makeKey("ES256", 0), makeKey("ES256", nowSeconds + 600), makeKey("EdDSA", 0)]);
});

describe("a signer of internal tokens", () => {
  it("signs what any verifier with the JWK Set accepts, with ES256 and EdDSA", async () => {
    for (const entry of [old, edwards]) {
      const section = sectionOf(entry);
      const signer = createInternalTokenSigner({ section: () => section, open, clock: { now: () => NOW } });
      const token = signer.sign({ sub: "user-1", exp: nowSeconds + 60 }) ?? "";
      expect(decodeProtectedHeader(token)).toEqual({ alg: entry.algorithm, kid: entry.kid, typ: "JWT" });
      const { payload } = await jwtVerify(token, jwksOf(section), { currentDate: new Date(NOW) });
      expect(payload).toMatchObject({ sub: "user-1" });
    }
  });

  it("signs with a new key from its moment on, and not a second before", () => {
    const section = sectionOf(next, old);
    let now = NOW;
    const signer = createInternalTokenSigner({ section: () => section, open, clock: { now: () => now } });
    const kid = () => decodeProtectedHeader(signer.sign({}) ?? "").kid;
    expect(kid()).toBe(old.kid);
    now = NOW + 599_999;
    expect(kid()).toBe(old.kid);
    now = NOW + 600_000;
    expect(kid()).toBe(next.kid);
    // A clock that is set back does not make the upstreams forget.
    now = NOW + 599_000;
    expect(kid()).toBe(old.kid);
  });

  it("signs nothing without a key whose time has come, that has a private half, and that opens", () => {
    const signerOf = (section: InternalKeysSection | null, opens: typeof open = open) =>
      createInternalTokenSigner({ section: () => section, open: opens, clock: { now: () => NOW } });
    expect(signerOf(null).sign({})).toBeNull();
    expect(signerOf(sectionOf(next)).sign({})).toBeNull();
    expect(signerOf(sectionOf({ ...old, sealed: null })).sign({})).toBeNull();
    expect(signerOf(sectionOf(old), () => null).sign({})).toBeNull();
  });

  it("follows the running revision: a key that it no longer has signs no more", () => {
    let section: InternalKeysSection | null = sectionOf(old);
    const signer = createInternalTokenSigner({ section: () => section, open, clock: { now: () => NOW } });
    expect(decodeProtectedHeader(signer.sign({}) ?? "").kid).toBe(old.kid);
    section = sectionOf(edwards);
    expect(decodeProtectedHeader(signer.sign({}) ?? "").kid).toBe(edwards.kid);
    section = null;
    expect(signer.sign({})).toBeNull();
  });
});

describe("a route that mints internal tokens", () => {
  const key = `spk_${"k".repeat(43)}`;
  const snapshot = compiled(
    [
      tenant("acme", {
        plan: "gold",
        propagationPolicies: { internal: { strategy: "internal_token", audience: "payouts", lifetimeSeconds: 120 } },
        routes: {
          main: { upstream: "main", propagation: "internal", authentication: { mode: "required" } },
          keys: { upstream: "main", pathPrefix: "/keys", propagation: "internal", authentication: { mode: "required", authenticators: ["api_key"] } },
          open: { upstream: "main", pathPrefix: "/open", propagation: "internal", authentication: { mode: "public" } },
        },
      }),
    ],
    { internalTokens: { issuer: "https://edge.example", jwksMaxAgeSeconds: 300 } },
    {},
    [apiKeys("acme", { ci: { key, scopes: ["read"] } })],
  );
  const signed = (over: Record<string, unknown> = {}) => bearer(acmeMint.token(claimsOf("acme", over)));
  const decide = (parts: Parameters<typeof factsOf>[0], section: InternalKeysSection | null = sectionOf(old)) =>
    authenticate(
      snapshot,
      factsOf(parts),
      portsWith(defaults.keys, { internalTokens: createInternalTokenSigner({ section: () => section, open, clock: { now: () => NOW } }) }),
    );
  const sentTokens = (decision: Awaited<ReturnType<typeof decide>>): string[] => {
    if (decision.outcome !== "allow") throw new Error(decision.outcome === "deny" ? `refused: ${decision.code}, ${decision.detail}` : "answered");
    return decision.upstreamHeaders.filter((_, index) => index % 2 === 1 && decision.upstreamHeaders[index - 1]?.toLowerCase() === "authorization");
  };
  const claimsIn = async (field: string | undefined) =>
    (await jwtVerify((field ?? "").replace("Bearer ", ""), jwksOf(sectionOf(old)), { currentDate: new Date(NOW) })).payload;

  it("says who calls, for whom, and nothing of the credential", async () => {
    const authorization = signed({ email: "ada@acme.example", roles: ["admin"], scope: "read write", org_id: "o-1" });
    const [field, ...more] = sentTokens(await decide({ authorization }));
    expect(more).toEqual([]);
    expect(await claimsIn(field)).toEqual({
      iss: "https://edge.example",
      aud: "payouts",
      sub: "user-1",
      iat: nowSeconds,
      exp: nowSeconds + 120,
      tenant: "acme",
      plan: "gold",
      authenticator: "bearer",
      roles: ["admin"],
      scope: "read write",
      email: "ada@acme.example",
      organization: "o-1",
      original_issuer: "https://idp.acme.example",
      request_id: "request-1",
    });
  });

  it("never outlives the credential, and is not minted from one that is past within the tolerance", async () => {
    expect(await claimsIn(sentTokens(await decide({ authorization: signed({ exp: nowSeconds + 7 }) }))[0])).toMatchObject({ exp: nowSeconds + 7 });
    expect(await decide({ authorization: signed({ exp: nowSeconds - 5 }) })).toMatchObject({ outcome: "deny", code: "token_expired" });
  });

  it("is minted for an API key too, and no field of the client's goes beside it", async () => {
    const decision = await decide({ target: "/keys", authorization: "Basic eDp5", headers: [["X-API-Key", key]] });
    const [field, ...more] = sentTokens(decision);
    expect(more).toEqual([]);
    expect(await claimsIn(field)).toMatchObject({ sub: "api-key/ci", authenticator: "api_key", scope: "read" });
  });

  it("has nobody to speak of on a public route: no token, and none of the client's", async () => {
    expect(sentTokens(await decide({ target: "/open", authorization: signed() }))).toEqual([]);
  });

  it("refuses while there is no key that may sign", async () => {
    expect(await decide({ authorization: signed() }, sectionOf(next))).toMatchObject({ outcome: "deny", code: "signing_key_unavailable" });
  });
});
