import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { type Dispatcher, request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { type OidcProvider, type OidcProviderOptions, startOidcProvider } from "./oidc-provider.js";

const RESOURCE = "https://api.acme.example";
const open: OidcProvider[] = [];
const start = async (options: Partial<OidcProviderOptions> = {}) => {
  const provider = await startOidcProvider({
    resources: [RESOURCE],
    scopes: ["payments:read", "payments:write"],
    clients: [{ id: "demo", secret: "demo-secret", claims: { tenant_id: "acme", email: "demo@acme.example", roles: ["teller"] } }],
    ...options,
  });
  open.push(provider);
  return provider;
};
const verify = (provider: OidcProvider, token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(provider.jwksUri)), { issuer: provider.issuer, audience: RESOURCE, typ: "at+jwt" });

afterEach(async () => {
  await Promise.all(open.splice(0).map((provider) => provider.close()));
});

describe("startOidcProvider", () => {
  it.each(["RS256", "ES256", "EdDSA"] as const)("issues %s access tokens that its published keys verify", async (alg) => {
    const provider = await start({ algorithms: [alg] });
    const token = await provider.token({ scope: "payments:read" });
    const { payload, protectedHeader } = await verify(provider, token);
    expect(protectedHeader).toMatchObject({ alg, typ: "at+jwt", kid: expect.any(String) });
    expect(payload).toMatchObject({
      iss: provider.issuer,
      aud: RESOURCE,
      sub: "demo",
      tenant_id: "acme",
      email: "demo@acme.example",
      roles: ["teller"],
      scope: "payments:read",
      exp: expect.any(Number),
    });
  });

  it("publishes discovery with its own issuer, and public members only in its keys", async () => {
    const provider = await start();
    const discovery = (await (await request(`${provider.issuer}/.well-known/openid-configuration`)).body.json()) as Record<string, unknown>;
    expect(discovery).toMatchObject({ issuer: provider.issuer, jwks_uri: provider.jwksUri, token_endpoint: provider.tokenEndpoint });
    const { keys } = (await (await request(provider.jwksUri)).body.json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty("d");
  });

  it("keeps its kid over a restart when it has a keys file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "provider-"));
    const keysFile = join(folder, "keys.json");
    const first = await start({ keysFile });
    const { kid } = decodeProtectedHeader(await first.token());
    await first.close();
    const second = await start({ keysFile });
    expect(decodeProtectedHeader(await second.token()).kid).toBe(kid);
    await rm(folder, { recursive: true });
  });

  it("signs with a new key after a rotation, and publishes the old one while asked to", async () => {
    const provider = await start({ algorithms: ["ES256"] });
    const old = await provider.token();
    await provider.rotateKeys({ keepOld: true });
    const fresh = await provider.token();
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
    await verify(provider, old);
    await provider.rotateKeys();
    await expect(verify(provider, old)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  });

  it("refuses a wrong secret and a resource that it does not serve", async () => {
    const provider = await start();
    await expect(provider.token({ resource: "https://elsewhere.example" })).rejects.toThrow("invalid_target");
    const answer = await request(provider.tokenEndpoint, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("demo:wrong")}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials",
    });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });

  it("lets claims be overwritten only where the test asks for it", async () => {
    const strict = await start();
    const lax = await start({ claimOverrides: true });
    expect((await verify(strict, await strict.token({ claims: { sub: "mallory" } }))).payload.sub).toBe("demo");
    expect((await verify(lax, await lax.token({ claims: { sub: "mallory", tenant_id: ["acme"] } }))).payload).toMatchObject({
      sub: "mallory",
      tenant_id: ["acme"],
    });
  });

  it("signs a person in by the code flow with PKCE, and puts the person's claims into the access token", async () => {
    const redirectUri = "https://client.example/callback";
    const provider = await start({
      clients: [{ id: "web", secret: "web-secret", redirectUris: [redirectUri] }],
      accounts: { alice: { email: "alice@acme.example", tenant_id: "acme" } },
    });
    const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const query = new URLSearchParams({
      client_id: "web",
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid payments:read",
      resource: RESOURCE,
      code_challenge: challenge,
      code_challenge_method: "S256",
      state: "s",
    });
    const cookies = new Map<string, string>();
    let url = `${provider.issuer}/auth?${query}`;
    let method: "GET" | "POST" = "GET";
    for (let step = 0; step < 10 && !url.startsWith(redirectUri); step += 1) {
      const answer: Dispatcher.ResponseData = await request(url, {
        method,
        headers: {
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          ...(method === "POST" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
        },
        ...(method === "POST" ? { body: "account=alice" } : {}),
      });
      await answer.body.dump();
      for (const cookie of [answer.headers["set-cookie"] ?? []].flat()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      method = answer.statusCode === 200 ? "POST" : "GET";
      if (answer.headers.location !== undefined) url = new URL(String(answer.headers.location), url).href;
    }
    const code = new URL(url).searchParams.get("code");
    const answer = await request(provider.tokenEndpoint, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("web:web-secret")}`, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: code ?? "",
        redirect_uri: redirectUri,
        code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      }).toString(),
    });
    const tokens = (await answer.body.json()) as { access_token: string };
    expect((await verify(provider, tokens.access_token)).payload).toMatchObject({ sub: "alice", tenant_id: "acme" });
  });
});
