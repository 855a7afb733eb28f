import { authenticate, type CompiledSnapshot, compileSnapshot, type Decision, type Ports, revocableText } from "@sallyport/pipeline";
import { type RevocationsSection, revocationsSection } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "./digests.js";
import { acmeEcMint, acmeMint, bearer, keys } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, factsOf, fleet, freshConnection, issuerOf, nowSeconds, portsWith, tenant } from "./testing/fleet.fixture.js";
import { idOf } from "./testing/sessions.fixture.js";

const sharedFleet = fleet();
const LATER = nowSeconds + 3_600;
const login = { client: { method: "none", clientId: "web" } };
const acme = tenant("acme", {
  identityProviders: { main: { issuer: issuerOf("acme"), audiences: ["acme-api"], login } },
  routes: {
    main: { upstream: "main", authentication: { mode: "required" } },
    keys: { upstream: "main", pathPrefix: "/keys", authentication: { mode: "required", authenticators: ["api_key"] } },
    page: { upstream: "main", pathPrefix: "/page", authentication: { mode: "required", authenticators: ["session"] } },
  },
});

function snapshotWith(section: Partial<RevocationsSection> | null, previous?: CompiledSnapshot): CompiledSnapshot {
  const parsed =
    section === null
      ? null
      : revocationsSection.parse({ ...{ kind: "revocations", tenant: "acme", suspended: false, tokens: [], subjects: [] }, ...section });
  const revocations = new Map(parsed === null ? [] : [["acme", parsed]]);
  const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: sharedFleet, tenants: [acme], revocations }, previous);
  if (!result.ok) throw new Error(result.errors[0]?.message);
  return result.compiled;
}
const answerOf = (decision: Decision): string => (decision.outcome === "deny" ? decision.code : decision.outcome);
const decide = async (snapshot: CompiledSnapshot, token: string, ports: Ports = portsWith(keys), connection = freshConnection()) =>
  answerOf(await authenticate(snapshot, factsOf({ authorization: bearer(token), connection }), ports));

const token = acmeMint.token(claimsOf("acme", { jti: "t-1" }));
const byDigest = (of: string, expiresAt = LATER) => ({ by: "digest" as const, digest: sha256Hex(revocableText(of)), expiresAt });
const byId = (jti: string, issuer = issuerOf("acme"), expiresAt = LATER) => ({ by: "jti" as const, issuer, jti, expiresAt });

/** The other valid form of an ES256 signature: (r, n − s). */
function otherForm(compact: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const dot = compact.lastIndexOf(".");
  const signature = Buffer.from(compact.slice(dot + 1), "base64url");
  const s = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  return `${compact.slice(0, dot)}.${Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]).toString("base64url")}`;
}

describe("a token that is revoked", () => {
  test.each([
    ["by its jti", { tokens: [byId("t-1")] }],
    ["by what it signs", { tokens: [byDigest(token)] }],
    ["with its subject", { subjects: [{ subject: "user-1", issuedBefore: nowSeconds, expiresAt: LATER }] }],
  ])("%s is refused wherever it was remembered as good", async (_, section) => {
    const ports = portsWith(keys);
    const connection = freshConnection();
    const before = snapshotWith(null);
    expect(await decide(before, token, ports, connection)).toBe("allow");
    const after = snapshotWith(section, before);
    for (const memo of [connection, connection, freshConnection()]) expect(await decide(after, token, ports, memo)).toBe("token_revoked");
    expect(await decide(snapshotWith(null, after), token, ports, connection)).toBe("allow");
  });

  test("by what it signs has no second life under the other form of its signature", async () => {
    const signed = acmeEcMint.token(claimsOf("acme"));
    const twin = otherForm(signed);
    expect(twin).not.toBe(signed);
    expect(await decide(snapshotWith(null), twin)).toBe("allow");
    const after = snapshotWith({ tokens: [byDigest(signed)] });
    expect([await decide(after, signed), await decide(after, twin)]).toEqual(["token_revoked", "token_revoked"]);
  });

  test.each<[string, Partial<RevocationsSection>]>([
    ["another jti", { tokens: [byId("t-2")] }],
    ["the same jti of another issuer", { tokens: [byId("t-1", "https://idp.globex.example")] }],
    ["another subject", { subjects: [{ subject: "user-2", issuedBefore: LATER, expiresAt: LATER }] }],
    ["the same whose time is over", { tokens: [byId("t-1", issuerOf("acme"), nowSeconds), byDigest(token, nowSeconds)] }],
  ])("is not one of which %s is revoked", async (_, section) => {
    expect(await decide(snapshotWith(section), token)).toBe("allow");
  });

  test("stays so for the longer of two times", async () => {
    const section = { tokens: [byId("t-1"), byId("t-1", issuerOf("acme"), nowSeconds)] };
    expect(await decide(snapshotWith(section), token)).toBe("token_revoked");
  });

  test("stays so while the clock is no number", async () => {
    const revoked = snapshotWith({ tokens: [byId("t-1")] })
      .tenants.get("acme")
      ?.identityProviders.get("main")?.revocations;
    expect(revoked?.ids.size).toBe(1);
    const ports = portsWith(keys);
    let asked = 0;
    // Good while the token's own times are looked at, broken after.
    const clock = { now: () => (++asked > 2 ? Number.NaN : nowSeconds * 1_000) };
    expect(await decide(snapshotWith({ tokens: [byId("t-1")] }), token, { ...ports, clock })).toBe("token_revoked");
  });
});

describe("the tokens of a subject", () => {
  test("are refused exactly when they were issued before the moment, or do not say when, until the end", async () => {
    const seconds = fc.integer({ min: nowSeconds - 1_000, max: nowSeconds + 30 });
    await fc.assert(
      fc.asyncProperty(fc.option(seconds), seconds, fc.integer({ min: nowSeconds - 100, max: LATER }), async (iat, issuedBefore, expiresAt) => {
        const of = acmeEcMint.token(claimsOf("acme", { iat: iat ?? undefined }));
        const snapshot = snapshotWith({ subjects: [{ subject: "user-1", issuedBefore, expiresAt }] });
        const refused = expiresAt > nowSeconds && (iat === null || iat < issuedBefore);
        expect(await decide(snapshot, of)).toBe(refused ? "token_revoked" : "allow");
      }),
      { numRuns: 60 },
    );
  });

  test("take along the sessions that began with them, and their cookie", async () => {
    const facts = factsOf({ target: "/page", headers: [["Cookie", `__Host-sallyport-acme=${idOf("a")}`]] });
    expect(answerOf(await authenticate(snapshotWith(null), facts, portsWith(keys)))).toBe("allow");
    const after = snapshotWith({ subjects: [{ subject: "user-1", issuedBefore: nowSeconds, expiresAt: LATER }] });
    expect(await authenticate(after, facts, portsWith(keys))).toMatchObject({ code: "session_not_found", clearCookie: "__Host-sallyport-acme" });
  });
});

describe("whoever presents what is revoked", () => {
  const finding = { kind: "revoked_credential", tenant: "acme", tokenTenant: null, identityProvider: "main", subject: "user-1" };
  const findingsOf = async (snapshot: CompiledSnapshot, facts: Parameters<typeof factsOf>[0]) =>
    (await authenticate(snapshot, factsOf(facts), portsWith(keys))).findings;

  test.each<[string, Partial<RevocationsSection>, string]>([
    ["by its jti", { tokens: [byId("t-1")] }, "the token with the jti t-1 is revoked"],
    ["by what it signs", { tokens: [byDigest(token)] }, `the token sha256:${byDigest(token).digest.slice(0, 16)} is revoked`],
    ["with its subject", { subjects: [{ subject: "user-1", issuedBefore: nowSeconds, expiresAt: LATER }] }, "the older tokens of user-1 are revoked"],
  ])("is reported each time for a token that is revoked %s, with which revocation it is", async (_, section, detail) => {
    const snapshot = snapshotWith(section);
    for (let n = 0; n < 2; n++)
      expect(await findingsOf(snapshot, { authorization: bearer(token) })).toMatchObject([{ ...finding, detail: expect.stringContaining(detail) }]);
    expect(await findingsOf(snapshotWith(null), { authorization: bearer(token) })).toEqual([]);
  });

  test("is reported for a session of a revoked subject", async () => {
    const snapshot = snapshotWith({ subjects: [{ subject: "user-1", issuedBefore: nowSeconds, expiresAt: LATER }] });
    const found = await findingsOf(snapshot, { target: "/page", headers: [["Cookie", `__Host-sallyport-acme=${idOf("a")}`]] });
    expect(found).toMatchObject([{ ...finding, detail: expect.stringContaining("the older sessions of user-1 are revoked") }]);
  });

  test("is reported for an API key that was taken back, as long as the section says; to the client it is one that never was", async () => {
    const key = `spk_${"a".repeat(43)}`;
    const revoked = (expiresAt: number) => snapshotWith({ apiKeys: [{ name: "ci-runner", digest: sha256Hex(key), expiresAt }] });
    const facts = { target: "/keys", headers: [["X-API-Key", key]] } as const;
    const decision = await authenticate(revoked(LATER), factsOf(facts), portsWith(keys));
    expect(decision).toMatchObject({
      code: "invalid_api_key",
      findings: [{ kind: "revoked_credential", tenant: "acme", detail: "the API key ci-runner is revoked, and was presented" }],
    });
    expect(await findingsOf(revoked(nowSeconds), facts)).toEqual([]);
    expect(await findingsOf(revoked(LATER), { ...facts, headers: [["X-API-Key", `spk_${"b".repeat(43)}`]] })).toEqual([]);
  });
});

describe("what revocations cost", () => {
  test("nothing for a token that is remembered, and no digest where none is revoked by one", async () => {
    let digests = 0;
    const base = portsWith(keys);
    const ports = {
      ...base,
      sha256Hex(text: string) {
        digests += 1;
        return base.sha256Hex(text);
      },
    };
    const connection = freshConnection();
    const snapshot = snapshotWith({ tokens: [byDigest("a.b.c")] });
    for (let n = 0; n < 5; n++) expect(await decide(snapshot, token, ports, connection)).toBe("allow");
    expect(digests).toBe(1);
    expect(await decide(snapshotWith({ tokens: [byId("t-9")] }), token, ports)).toBe("allow");
    expect(digests).toBe(1);
  });
});

test("a suspended tenant refuses everything, whatever its declared status", async () => {
  const snapshot = snapshotWith({ suspended: true });
  expect(await decide(snapshot, token)).toBe("tenant_suspended");
  expect(await decide(snapshotWith({ suspended: false }, snapshot), token)).toBe("allow");
});

test("what a token is known by is the same for every signature, and the whole of what is no JWT", () => {
  const part = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  fc.assert(fc.property(part, part, part, part, (a, b, c, d) => revocableText(`${a}.${b}.${c}`) === revocableText(`${a}.${b}.${d}`)));
  fc.assert(fc.property(fc.string(), (text) => (text.split(".").length === 3) === (revocableText(text) !== text)));
});
