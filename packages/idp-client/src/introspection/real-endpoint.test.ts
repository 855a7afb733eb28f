import { createTokenMint, type FixedClock, fixedClock, type Jwk, type OidcProvider, startOidcProvider } from "@sallyport/testkit";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AskingBench, introspectedIdp, startAsking } from "./asked.fixture.js";
import { createClientProver } from "./client-authentication.js";

/** What a provider takes: printable ASCII (RFC 6749 Appendix A). */
const SECRET = "s3cret:with space/+%41";
const RESOURCE = "https://api.acme.example";
const rsa = createTokenMint({ alg: "RS256", kid: "rsa-1" });
const ec = createTokenMint({ alg: "ES256", kid: "ec-1" });
const ed = createTokenMint({ alg: "EdDSA", kid: "ed-1" });
const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SECRETS: Record<string, string> = {
  basic: SECRET,
  wrong: "not-it",
  "rsa-pem": pem,
  "ec-jwk": JSON.stringify(ec.privateKey.export({ format: "jwk" })),
  "ed-jwk": JSON.stringify(ed.privateKey.export({ format: "jwk" })),
  "public-jwk": JSON.stringify(ec.publicJwk),
  "public-pem": rsa.publicKey.export({ type: "spki", format: "pem" }).toString(),
  nonsense: "{nonsense",
};
let provider: OidcProvider;
let bench: AskingBench<FixedClock>;

/** A key that says nothing of its algorithm. */
const unbound = ({ alg: _, ...jwk }: Jwk): Jwk => jwk;
const keyClient = (id: string, jwk: Jwk) => ({
  id,
  secret: "",
  authentication: "private_key_jwt" as const,
  jwks: { keys: [jwk] },
});
const ask = async (client: Record<string, unknown>, token: string) =>
  bench.ask(introspectedIdp("acme/main", { issuer: provider.issuer, introspection: { client, retries: 0 } }), token);

beforeAll(async () => {
  provider = await startOidcProvider({
    resources: [RESOURCE],
    opaqueResources: [RESOURCE],
    scopes: ["read", "write"],
    algorithms: ["RS256", "ES256", "EdDSA"],
    clients: [
      { id: "app", secret: "app-secret", claims: { sub: "service-1", tenant_id: "acme" } },
      { id: "gateway", secret: SECRET },
      { id: "gateway-post", secret: SECRET, authentication: "client_secret_post" },
      keyClient("gateway-rsa", rsa.publicJwk),
      keyClient("gateway-pss", unbound(rsa.publicJwk)),
      keyClient("gateway-ec", ec.publicJwk),
      keyClient("gateway-ed", unbound(ed.publicJwk)),
    ],
  });
});
beforeEach(() => {
  bench = startAsking(fixedClock(Date.now()), { secrets: (_tenant, name) => SECRETS[name] ?? null });
  return () => bench.close();
});
afterAll(() => provider.close());

const CLIENTS = [
  { method: "client_secret_basic", clientId: "gateway", secret: "basic" },
  { method: "client_secret_post", clientId: "gateway-post", secret: "basic" },
  { method: "private_key_jwt", clientId: "gateway-rsa", key: "rsa-pem" },
  { method: "private_key_jwt", clientId: "gateway-pss", key: "rsa-pem", algorithm: "PS256" },
  { method: "private_key_jwt", clientId: "gateway-ec", key: "ec-jwk", algorithm: "ES256", kid: "ec-1" },
  { method: "private_key_jwt", clientId: "gateway-ed", key: "ed-jwk", algorithm: "EdDSA" },
] as const;

describe("a real OpenID provider", () => {
  it.each(CLIENTS)("tells $clientId by $method what an opaque token is", async (client) => {
    const token = await provider.token({ client: "app", scope: "read" });
    expect(token.split(".")).toHaveLength(1);
    const answer = await ask(client, token);
    expect(answer).toMatchObject({
      state: "active",
      token: { claims: { active: true, sub: "service-1", client_id: "app", scope: "read", aud: RESOURCE, iss: provider.issuer, tenant_id: "acme" } },
    });
    await provider.revoke(token, "app");
    bench.clock.advance(30_000);
    expect(await ask(client, token)).toEqual({ state: "inactive" });
  });

  it("calls a made-up token inactive", async () => {
    expect(await ask(CLIENTS[0], "made-up")).toEqual({ state: "inactive" });
  });

  it("refuses a wrong secret and a key that it does not know: that is no answer about the token", async () => {
    const token = await provider.token({ client: "app" });
    expect(await ask({ ...CLIENTS[0], secret: "wrong" }, token)).toMatchObject({ state: "unavailable", last: null });
    expect(await ask({ ...CLIENTS[4], clientId: "gateway-rsa" }, token)).toMatchObject({ state: "unavailable" });
    expect(bench.introspector.counts().calls.client_refused).toBe(2);
    expect(JSON.stringify(bench.findings)).not.toContain(token);
  });
});

describe("private_key_jwt", () => {
  const about = { tenant: "acme", issuer: "https://id.example", nowMs: 1_700_000_000_500 };
  const prove = (key: string, algorithm: "RS256" | "PS256" | "ES256" | "EdDSA" = "RS256", kid: string | null = null) =>
    createClientProver((_tenant, name) => SECRETS[name] ?? null).prove(
      { method: "private_key_jwt", clientId: "gateway", key, algorithm, kid },
      about,
    );

  it("makes an assertion of at most 60 s for the issuer alone, each with an id of its own", async () => {
    const [first, second] = await Promise.all([prove("ec-jwk", "ES256", "ec-1"), prove("ec-jwk", "ES256", "ec-1")]);
    if (!first.ok || !second.ok) throw new Error("no proof");
    const claims = decodeJwt(first.form.client_assertion ?? "");
    expect(claims).toEqual({
      iss: "gateway",
      sub: "gateway",
      aud: "https://id.example",
      iat: 1_700_000_000,
      exp: 1_700_000_060,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(decodeJwt(second.form.client_assertion ?? "").jti).not.toBe(claims.jti);
    expect(decodeProtectedHeader(first.form.client_assertion ?? "")).toEqual({ alg: "ES256", kid: "ec-1" });
    expect(first.form).toMatchObject({
      client_id: "gateway",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    expect(first.headers).toEqual({});
  });

  it.each([
    ["public-jwk", "ES256"],
    ["public-pem", "RS256"],
    ["nonsense", "RS256"],
    ["basic", "RS256"],
    ["ec-jwk", "RS256"],
    ["ed-jwk", "ES256"],
    ["rsa-pem", "ES256"],
  ] as const)("does not sign with %s for %s, and says nothing of what is in it", async (key, algorithm) => {
    const proof = await prove(key, algorithm);
    expect(proof).toEqual({ ok: false, detail: `the secret ${key} of acme is no private key for ${algorithm}` });
  });

  it("takes a new key as soon as the secret's value has changed", async () => {
    let value = SECRETS["ec-jwk"] ?? "";
    const prover = createClientProver(() => value);
    const client = { method: "private_key_jwt", clientId: "gateway", key: "k", algorithm: "ES256", kid: null } as const;
    expect((await prover.prove(client, about)).ok).toBe(true);
    value = "gone";
    expect((await prover.prove(client, about)).ok).toBe(false);
  });
});
