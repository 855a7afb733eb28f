import { createHash } from "node:crypto";
import {
  createTestCertificate,
  createTokenMint,
  type EchoUpstream,
  type ForkedHostileIdp,
  forkHostileIdp,
  HOSTILE_ANSWERS,
  HOSTILE_JWKS,
  type HostileIdp,
  type JwksServer,
  MISBEHAVIOURS,
  startEchoUpstream,
  startHostileIdp,
  startJwksServer,
} from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
/** Longer than the longest back-off of a JWK Set, and than a breaker stays open. */
const PAUSE_MS = 121_000;
const mint = createTokenMint({ alg: "ES256", kid: "known" });
const stranger = createTokenMint({ alg: "ES256", kid: "never-published" });
const acmeMint = createTokenMint({ alg: "ES256" });

let hostile: ForkedHostileIdp;
let badCertificate: HostileIdp;
let acmeIdp: JwksServer;
let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;
let skippedMs = 0;

const route = (identityProvider: string, pathPrefix: string) => ({
  pathPrefix,
  upstream: "main",
  authentication: { mode: "required", identityProviders: [identityProvider] },
});
const introspection = (endpoint?: string) => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  client: { method: "client_secret_basic", clientId: "gateway", secret: "introspection" },
  retries: 0,
  timeoutMs: 1_000,
  cacheSeconds: 30,
});
const claims = (issuer: string) => ({ iss: issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 900 });
const outcome = async (path: string, token: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/${path}`, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { code?: string };
  return response.status === 200 ? "allow" : (body.code ?? "");
};
const known = () => mint.sign(claims(hostile.issuer));
const unknown = () => stranger.sign({ ...claims(hostile.issuer), jti: String(Math.random()) });
const acme = () => outcome("acme/v1", acmeMint.sign(claims(acmeIdp.issuer)));

beforeAll(async () => {
  [hostile, badCertificate, acmeIdp, upstream, plane, dataDir] = await Promise.all([
    forkHostileIdp({ jwks: mint.jwks(), dripMs: 20 }),
    startHostileIdp({ jwks: mint.jwks(), tls: createTestCertificate({ hosts: ["localhost"] }) }),
    startJwksServer({ jwks: acmeMint.jwks() }),
    startEchoUpstream(),
    TestControlPlane.start(),
    freshFolder(),
  ]);
  const evil = tenantOf({
    slug: "evil",
    upstream: upstream.url,
    rest: {
      secrets: { introspection: {} },
      identityProviders: {
        main: { issuer: hostile.issuer, audiences: [AUDIENCE], introspection: introspection() },
        tls: {
          issuer: badCertificate.issuer,
          keys: { kind: "jwks", url: `https://127.0.0.1:${badCertificate.port}/jwks` },
          audiences: [AUDIENCE],
          introspection: introspection(`https://127.0.0.1:${badCertificate.port}/introspect`),
        },
      },
      // Keys and answers that are known serve through all of this test's modes.
      degradationPolicies: { long: { staleKeysMaxAgeSeconds: 86_400, cachedAnswerMaxAgeSeconds: 86_400 } },
    },
    routes: {
      main: { ...route("main", "/"), degradation: "long" },
      tls: route("tls", "/tls"),
    },
  });
  await plane.publish([
    fleetOf({ jwks: { fetchTimeoutMs: 1_000 }, introspectionBreaker: { failures: 2 } }),
    evil,
    tenantOf({ slug: "acme", upstream: upstream.url, issuer: acmeIdp.issuer }),
  ]);
  node = await startGateway(plane, { dataDir, secrets: () => "secret", monotonic: () => performance.now() + skippedMs });
  await ready(node);
});
afterAll(async () => {
  await node?.close();
  await Promise.all([hostile?.close(), badCertificate?.close(), acmeIdp?.close(), upstream?.close(), plane?.down()]);
  await removeFolder(dataDir);
});

describe("an identity provider that turned hostile, at a running node", () => {
  it.each([...MISBEHAVIOURS, ...HOSTILE_JWKS])(
    "keys in mode %s: known keys verify, a flood of unknown ones costs one fetch per cool-down, nobody else notices",
    async (mode) => {
      expect(await outcome("evil/v1", known())).toBe("allow");
      await hostile.setMode("jwks", mode);
      skippedMs += PAUSE_MS;
      const before = await hostile.requests();
      const flood = Promise.all(Array.from({ length: 30 }, () => outcome("evil/v1", unknown())));
      expect(await acme()).toBe("allow");
      expect(new Set(await flood)).toEqual(new Set(["unknown_signing_key"]));
      for (let count = 0; count < 5; count += 1) expect(await outcome("evil/v1", unknown())).toBe("unknown_signing_key");
      const after = await hostile.requests();
      expect(after.jwks - before.jwks).toBe(1);
      expect(after.discovery - before.discovery).toBeLessThanOrEqual(1);
      expect(await outcome("evil/v1", known())).toBe("allow");
      await hostile.setMode("jwks", "good");
    },
  );

  it.each([...MISBEHAVIOURS, "wrong_issuer", "private_endpoint"] as const)(
    "discovery in mode %s: known keys verify, and the document is read once per cool-down",
    async (mode) => {
      await hostile.setMode("discovery", mode);
      skippedMs += PAUSE_MS;
      const before = await hostile.requests();
      for (let count = 0; count < 5; count += 1) expect(await outcome("evil/v1", unknown())).toBe("unknown_signing_key");
      expect((await hostile.requests()).discovery - before.discovery).toBe(1);
      expect(await outcome("evil/v1", known())).toBe("allow");
      expect(await acme()).toBe("allow");
      await hostile.setMode("discovery", "good");
    },
  );

  it("cannot make everybody a signer with a key whose exponent is 1", async () => {
    await hostile.setMode("jwks", "exponent_one");
    skippedMs += PAUSE_MS;
    expect(await outcome("evil/v1", unknown())).toBe("unknown_signing_key");
    const input = [{ alg: "RS256", kid: "exponent-one", typ: "at+jwt" }, claims(hostile.issuer)]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    // EMSA-PKCS1-v1_5 (RFC 8017 §9.2): what is raised to the first power is its own signature.
    const digestInfo = Buffer.concat([Buffer.from("3031300d060960864801650304020105000420", "hex"), createHash("sha256").update(input).digest()]);
    const padding = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - digestInfo.length - 3, 0xff), Buffer.from([0])]);
    const forged = `${input}.${Buffer.concat([padding, digestInfo]).toString("base64url")}`;
    expect(await outcome("evil/v1", forged)).toBe("unknown_signing_key");
    await hostile.setMode("jwks", "good");
  });

  it.each([...MISBEHAVIOURS, ...HOSTILE_ANSWERS])(
    "introspection in mode %s: what was known serves, nothing new gets in, and the endpoint is soon left alone",
    async (mode) => {
      await hostile.setMode("introspection", "good");
      skippedMs += PAUSE_MS;
      for (let count = 0; count < 3; count += 1) expect(await outcome("evil/v1", `good-${count}`)).toBe("allow");
      await hostile.setMode("introspection", mode);
      skippedMs += PAUSE_MS;
      const before = await hostile.requests();
      for (let count = 0; count < 8; count += 1) expect(await outcome("evil/v1", `new-${mode}-${count}`)).toBe("idp_unavailable");
      expect((await hostile.requests()).introspection - before.introspection).toBe(2);
      for (let count = 0; count < 3; count += 1) expect(await outcome("evil/v1", `good-${count}`)).toBe("allow");
      expect(await acme()).toBe("allow");
    },
  );

  it("with a certificate of nobody's gets neither token nor secret", async () => {
    expect(await outcome("evil/tls", mint.sign(claims(badCertificate.issuer)))).toBe("idp_unavailable");
    expect(await outcome("evil/tls", "good")).toBe("idp_unavailable");
    expect(badCertificate.requests).toEqual({ jwks: 0, discovery: 0, introspection: 0, other: 0 });
  });
});
