import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createTestCertificate, createTokenMint, type JwksServer, startJwksServer, startOidcProvider } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdpHttp, type IdpHttp } from "../http/idp-http.js";
import { type DiscoverOptions, discoverProvider } from "./discover-provider.js";
import type { ProviderCheckId, ProviderDiscovery } from "./provider-check.js";
import { type ProviderInput, readProviderInput } from "./provider-target.js";

const ORDER: ProviderCheckId[] = ["address", "tls", "discovery", "issuer", "jwks", "keys", "algorithms", "clock"];
const mint = createTokenMint({ alg: "RS256", kid: "rsa-1" });
let server: JwksServer;
let http: IdpHttp;
let ranges: string[];

const results = ({ checks }: ProviderDiscovery) => Object.fromEntries(checks.map(({ id, result }) => [id, result]));
const check = ({ checks }: ProviderDiscovery, wanted: ProviderCheckId) => checks.find(({ id }) => id === wanted);
const discover = (input: ProviderInput, options: Partial<DiscoverOptions> = {}) =>
  discoverProvider(http, input, { clock: { now: () => Date.now() }, timeoutMs: 1_000, ...options });

beforeEach(async () => {
  server = await startJwksServer({ jwks: mint.jwks() });
  ranges = ["127.0.0.0/8"];
  http = createIdpHttp({ allowedRanges: () => ranges });
});
afterEach(async () => {
  await http.close();
  await server.close();
});

describe("discoverProvider", () => {
  it("finds nothing wrong with a real OpenID provider, and fills in the form", async () => {
    const provider = await startOidcProvider({ algorithms: ["RS256", "ES256", "EdDSA"], resources: ["https://api.example"], clients: [] });
    const found = await discover({ issuer: provider.issuer });
    expect(found.checks.map(({ id }) => id)).toEqual(ORDER);
    expect(results(found)).toMatchObject({
      address: "pass",
      tls: "skip",
      discovery: "pass",
      issuer: "pass",
      jwks: "pass",
      algorithms: "pass",
      clock: "pass",
    });
    expect(found.usable).toBe(true);
    expect(found.provider).toMatchObject({
      issuer: provider.issuer,
      jwksUri: provider.jwksUri,
      tokenEndpoint: provider.tokenEndpoint,
      usableAlgorithms: expect.arrayContaining(["RS256", "ES256", "EdDSA"]),
    });
    expect(found.provider?.publicJwks?.keys).toHaveLength(3);
    await provider.close();
  });

  it("takes an issuer, a discovery URL or a domain from one field", () => {
    expect(readProviderInput(" https://id.example/realms/a ")).toEqual({ issuer: "https://id.example/realms/a" });
    expect(readProviderInput("https://id.example/.well-known/openid-configuration")).toEqual({
      discoveryUrl: "https://id.example/.well-known/openid-configuration",
    });
    expect(readProviderInput("id.example")).toEqual({ domain: "id.example" });
  });

  it("shows both issuers when they differ by the slash at the end, and says which to register", async () => {
    const found = await discover({ issuer: `${server.issuer}/` });
    expect(check(found, "issuer")).toMatchObject({
      result: "fail",
      compare: { configured: `${server.issuer}/`, document: server.issuer },
      cause: expect.stringContaining("slash"),
      fix: `Register the issuer ${server.issuer}`,
    });
    expect(found.usable).toBe(false);
  });

  it("does not call what a document of another issuer points to", async () => {
    server.setMode("wrong_issuer", { on: "discovery" });
    const found = await discover({ discoveryUrl: server.discoveryUrl });
    expect(results(found)).toMatchObject({ issuer: "fail", jwks: "skip", keys: "skip" });
    expect(server.requests.jwks).toBe(0);
    expect(check(found, "jwks")?.detail).toContain("Issuer is equal");
  });

  it("refuses an address outside the ranges before anything is called", async () => {
    ranges = [];
    const found = await discover({ issuer: server.issuer });
    expect(results(found)).toEqual({
      address: "fail",
      tls: "skip",
      discovery: "skip",
      issuer: "skip",
      jwks: "skip",
      keys: "skip",
      algorithms: "skip",
      clock: "skip",
    });
    expect(server.requests).toEqual({ jwks: 0, discovery: 0, other: 0 });
    expect(check(found, "address")).toMatchObject({ cause: "address_refused", fix: expect.stringContaining("operator") });
  });

  it.each(["hang", "drip", "huge", "gzip_bomb", "html", "truncated", "error_500", "redirect", "reset"] as const)(
    "names cause and fix for a discovery document in mode %s, within its time",
    async (mode) => {
      server.setMode(mode, { on: "discovery" });
      const began = performance.now();
      const found = await discover({ issuer: server.issuer });
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(check(found, "discovery")).toMatchObject({ result: "fail", detail: expect.any(String), fix: expect.any(String) });
      expect(check(found, "jwks")?.result).toBe("skip");
      expect(found.provider).toBeNull();
    },
  );

  it.each(["hang", "many_keys", "empty_set", "html"] as const)("says what is wrong with keys in mode %s", async (mode) => {
    server.setMode(mode, { on: "jwks" });
    const found = await discover({ issuer: server.issuer });
    expect(found.usable).toBe(false);
    expect([check(found, "jwks")?.result, check(found, "keys")?.result]).toContain("fail");
  });

  it("judges each key: weak, private, symmetric and misnamed ones are left out", async () => {
    const weak = createTokenMint({ alg: "RS256", kid: "weak", bits: 1_024 });
    const leaked = createTokenMint({ alg: "ES256", kid: "leaked" });
    server.setKeys({
      keys: [
        mint.publicJwk,
        weak.publicJwk,
        { ...leaked.privateKey.export({ format: "jwk" }), kid: "leaked" },
        { kty: "oct", k: "c2VjcmV0", kid: "symmetric" },
        { ...createTokenMint({ alg: "ES256" }).publicJwk, alg: "RS256", kid: "misnamed" },
        { ...mint.publicJwk, e: "AQ", kid: "exponent-1" },
        { ...mint.publicJwk, use: "enc", kid: "encryption" },
        "nonsense",
      ],
    });
    const found = await discover({ issuer: server.issuer });
    expect(found.provider?.keys.map(({ kid, problem }) => [kid, problem === null])).toEqual([
      ["rsa-1", true],
      ["weak", false],
      ["leaked", false],
      ["symmetric", false],
      ["misnamed", false],
      ["exponent-1", false],
      ["encryption", false],
      [null, false],
    ]);
    expect(found.provider?.keys[0]).toMatchObject({ kty: "RSA", bits: 2_048, alg: "RS256", algorithms: ["RS256"] });
    expect(check(found, "keys")).toMatchObject({ result: "warn", cause: expect.stringContaining("1024 bits") });
    expect(JSON.stringify(found.provider?.publicJwks)).not.toContain('"d"');
    expect(found.provider?.publicJwks?.keys.map(({ kid }) => kid)).toEqual(["rsa-1"]);
  });

  it("fails when several keys have no kid, or none fits an allowed algorithm", async () => {
    server.setKeys({ keys: [mint.publicJwk, { ...createTokenMint({ alg: "ES256" }).publicJwk, kid: undefined }] });
    expect(check(await discover({ issuer: server.issuer }), "keys")).toMatchObject({ result: "fail", fix: "Give each key a kid." });
    server.setKeys(mint.jwks());
    expect(check(await discover({ issuer: server.issuer }, { algorithms: ["ES256"] }), "algorithms")).toMatchObject({
      result: "fail",
      compare: { configured: "ES256", document: "RS256" },
      fix: expect.stringContaining("RS256"),
    });
  });

  it("does not take a template for an issuer", async () => {
    server.setDiscovery({ issuer: `${server.issuer}/{tenantid}/v2.0` });
    const found = await discover({ discoveryUrl: server.discoveryUrl });
    expect(check(found, "issuer")).toMatchObject({ result: "fail", detail: expect.stringContaining("template") });
  });

  it.each([
    ["with 40 days left", 40, true, "pass"],
    ["with 5 days left", 5, true, "warn"],
    ["of an unknown authority", 40, false, "fail"],
  ] as const)("looks at the certificate: one %s", async (_what, days, trusted, result) => {
    const certificate = createTestCertificate({ hosts: ["localhost"], notAfter: Date.now() + (days + 0.5) * 86_400_000 });
    const tls = createServer(certificate, (request, response) => {
      const issuer = `https://localhost:${(tls.address() as AddressInfo).port}`;
      response.end(JSON.stringify(request.url === "/jwks" ? mint.jwks() : { issuer, jwks_uri: `${issuer}/jwks` }));
    }).listen(0, "127.0.0.1");
    await new Promise((ready) => tls.once("listening", ready));
    const client = createIdpHttp({
      allowedRanges: () => ranges,
      lookup: async () => [{ address: "127.0.0.1", family: 4 }],
      ...(trusted ? { certificates: () => ({ authorities: certificate.cert, trustPublic: false }) } : {}),
    });
    const found = await discoverProvider(
      client,
      { domain: `localhost:${(tls.address() as AddressInfo).port}` },
      { clock: { now: () => Date.now() } },
    );
    expect(check(found, "tls")?.result).toBe(result);
    expect(check(found, "tls")?.detail).toContain(trusted ? `${days} more days` : "not accepted");
    expect(found.usable).toBe(trusted);
    expect(check(found, "discovery")?.result).toBe(trusted ? "pass" : "skip");
    await client.close();
    tls.close();
    tls.closeAllConnections();
  });

  it.each([
    [0, "pass"],
    [12_000, "warn"],
    [-12_000, "warn"],
    [45_000, "fail"],
    [-45_000, "fail"],
  ] as const)("compares the clocks: %d ms off is %s", async (offset, result) => {
    const found = await discover({ issuer: server.issuer }, { clock: { now: () => Date.now() + offset } });
    expect(check(found, "clock")?.result).toBe(result);
  });
});
