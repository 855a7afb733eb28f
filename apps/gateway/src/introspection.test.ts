import { sha256Hex } from "@sallyport/pipeline-node";
import { createTokenMint, type EchoAnswer, type EchoUpstream, type OidcProvider, startEchoUpstream, startOidcProvider } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { runLoad } from "./testing/load.js";
import { closeOf, openEvents, openWebSocket } from "./testing/open-connections.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const API = "https://api.example.test";
const KEYED = "https://keyed.example.test";
const LOCKED = "https://locked.example.test";
const AWAY = "https://away.example.test";
const RESOURCES = [API, KEYED, LOCKED, AWAY];
const key = createTokenMint({ alg: "ES256", kid: "gateway-1" });
const SECRETS: Record<string, string> = {
  "acme/introspection": "gateway-secret",
  "acme/signing-key": key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "acme/outdated": "no-longer-good",
};
const CLAIMS = { sub: "service-1", tenant_id: "acme", email: "ada@acme.test" };

let provider: OidcProvider;
let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;

/** A provider that has forgotten every token, as after a restart without a store. */
const startProvider = (port = 0) =>
  startOidcProvider({
    port,
    resources: RESOURCES,
    opaqueResources: RESOURCES,
    scopes: ["read", "write"],
    clients: [
      { id: "app", secret: "app-secret", claims: CLAIMS },
      { id: "globex-app", secret: "app-secret", claims: { ...CLAIMS, tenant_id: "globex" } },
      { id: "nameless", secret: "app-secret", claims: { tenant_id: "acme" } },
      { id: "gateway", secret: "gateway-secret" },
      { id: "gateway-key", secret: "", authentication: "private_key_jwt", jwks: { keys: [key.publicJwk] } },
    ],
  });

const basic = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
const idp = (audience: string, introspection: Record<string, unknown> = {}) => ({
  issuer: provider.issuer,
  audiences: [audience],
  introspection: { client: basic, timeoutMs: 2_000, retries: 1, cacheSeconds: 1, ...introspection },
});
const route = (provider: string, more: Record<string, unknown> = {}) => ({
  upstream: "main",
  authentication: { mode: "required", identityProviders: [provider] },
  ...more,
});
const acme = () =>
  tenantOf({
    slug: "acme",
    upstream: upstream.url,
    rest: {
      secrets: { introspection: {}, outdated: {}, nowhere: {}, "signing-key": { type: "private_key" } },
      identityProviders: {
        main: idp(API),
        keyed: idp(KEYED, { client: { method: "private_key_jwt", clientId: "gateway-key", key: "signing-key", algorithm: "ES256" } }),
        locked: idp(LOCKED, { client: { ...basic, secret: "outdated" } }),
        secretless: idp("https://secretless.example.test", { client: { ...basic, secret: "nowhere" } }),
        away: idp(AWAY, { retries: 0 }),
      },
      degradationPolicies: {
        reject: { introspection: "REJECT_ALL" },
        pass: { introspection: "PASS_THROUGH" },
        brief: { introspection: "USE_CACHED_OR_REJECT", cachedAnswerMaxAgeSeconds: 2 },
      },
    },
    routes: {
      main: route("main", { pathPrefix: "/" }),
      live: route("main", { pathPrefix: "/live", websocket: true }),
      scoped: route("main", { pathPrefix: "/scoped", authentication: { mode: "required", identityProviders: ["main"], requiredScopes: ["write"] } }),
      keyed: route("keyed", { pathPrefix: "/keyed" }),
      locked: route("locked", { pathPrefix: "/locked" }),
      secretless: route("secretless", { pathPrefix: "/secretless" }),
      away: route("away", { pathPrefix: "/away" }),
      reject: route("away", { pathPrefix: "/reject", degradation: "reject" }),
      pass: route("away", { pathPrefix: "/pass", degradation: "pass" }),
      brief: route("away", { pathPrefix: "/brief", degradation: "brief" }),
    },
  });

const call = (path: string, token: string) =>
  fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme${path}`, { headers: { authorization: `Bearer ${token}` } });
const outcome = async (path: string, token: string): Promise<string> => {
  const response = await call(path, token);
  const body = (await response.json()) as { code?: string };
  return response.status === 200 ? "allow" : `${response.status} ${body.code}`;
};
const fieldsOf = async (response: Response) => {
  const { headers } = (await response.json()) as EchoAnswer;
  return Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1]]] : [])));
};
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length));
};
const eventsOf = (kind: string, provider: string) =>
  [...plane.events.values()].filter((event) => event.kind === kind && event.identityProvider === provider);

beforeAll(async () => {
  [provider, upstream, plane, dataDir] = await Promise.all([startProvider(), startEchoUpstream(), TestControlPlane.start(), freshFolder()]);
  await plane.publish([fleetOf({ introspectionBreaker: { failures: 3, openSeconds: 1, probes: 2 } }), acme()]);
  node = await startGateway(plane, { dataDir, secrets: (tenant, name) => SECRETS[`${tenant}/${name}`] ?? null });
  await ready(node);
});
afterAll(async () => {
  await node?.close();
  await Promise.all([provider?.close(), upstream?.close(), plane?.down()]);
  await removeFolder(dataDir);
});

describe("an opaque token of a real provider, at a running node", () => {
  it("that is active lets its owner through under the name that the provider gives, without the token", async () => {
    const token = await provider.token({ client: "app", scope: "read" });
    const response = await call("/v1/payments", token);
    expect(response.status).toBe(200);
    const fields = await fieldsOf(response);
    expect(fields).toMatchObject({ "x-user-id": "service-1", "x-tenant-id": "acme", "x-user-email": "ada@acme.test", "x-token-scopes": "read" });
    expect(fields).not.toHaveProperty("authorization");
  });

  it("is asked about once while the answer is good", async () => {
    const token = await provider.token({ client: "app" });
    const before = await metric('sallyport_introspection_requests_total{result="active"}');
    await Promise.all(Array.from({ length: 20 }, () => call("/", token)));
    await call("/", token);
    expect(await metric('sallyport_introspection_requests_total{result="active"}')).toBe(before + 1);
    const spared = ['{source="memory"}', '{source="shared_call"}'].map((source) => metric(`sallyport_introspection_cache_hits_total${source}`));
    expect((await Promise.all(spared)).reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(20);
  });

  it("that is revoked here is refused within two seconds, although its provider calls it active", async () => {
    const [mine, other] = [await provider.token({ client: "app" }), await provider.token({ client: "app" })];
    expect([await outcome("/", mine), await outcome("/", other)]).toEqual(["allow", "allow"]);
    const until = Math.floor(Date.now() / 1_000) + 300;
    const tokens = [{ by: "digest" as const, digest: sha256Hex(mine), expiresAt: until }];
    const fleet = fleetOf({ introspectionBreaker: { failures: 3, openSeconds: 1, probes: 2 } });
    await plane.publish([fleet, acme(), { kind: "revocations", tenant: "acme", suspended: false, tokens, subjects: [] }]);
    await eventually("it is refused", async () => (await outcome("/", mine)) === "401 token_revoked", 2_000);
    expect(await outcome("/", other)).toBe("allow");
    await plane.publish([fleet, acme()]);
    await eventually("it is lifted", async () => (await outcome("/", mine)) === "allow", 2_000);
  });

  it("that nobody issued is 401 inactive_token with a challenge", async () => {
    const response = await call("/", "made-up");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(await response.json()).toMatchObject({ code: "inactive_token" });
  });

  it("that is revoked ends with its place in the cache", async () => {
    const token = await provider.token({ client: "app" });
    expect(await outcome("/", token)).toBe("allow");
    await provider.revoke(token, "app");
    await eventually("the revocation is noticed", async () => (await outcome("/", token)) === "401 inactive_token", 3_000);
  });

  it("that is revoked ends what it has opened, once its answer is too old", async () => {
    const token = await provider.token({ client: "app" });
    const fields = `Host: api.example.test\r\nAuthorization: Bearer ${token}\r\n`;
    const where = { port: node.dataPort, path: "/tenants/acme/live", fields };
    const opened = [await openWebSocket(where), await openEvents(where)];
    await provider.revoke(token, "app");
    await eventually("both end", () => opened.every(({ ended }) => ended), 5_000);
    expect(opened[0] && closeOf(opened[0])).toEqual({ code: 1_008, reason: "inactive_token" });
  });

  it.each([
    ["of another audience", "/", { client: "app", resource: KEYED }, "401 invalid_token"],
    ["without a subject", "/", { client: "nameless" }, "401 invalid_claims"],
    ["of another tenant", "/", { client: "globex-app" }, "403 tenant_mismatch"],
    ["without the route's scope", "/scoped", { client: "app", scope: "read" }, "403 insufficient_scope"],
    ["with the route's scope", "/scoped", { client: "app", scope: "write" }, "allow"],
    ["where the node proves itself with a key", "/keyed", { client: "app", resource: KEYED }, "allow"],
  ])("%s: %s", async (_what, path, wanted, expected) => {
    expect(await outcome(path, await provider.token(wanted))).toBe(expected);
  });

  it("of another tenant is reported as an attempt to cross the border", async () => {
    await outcome("/", await provider.token({ client: "globex-app" }));
    const event = await eventually("the event", () => eventsOf("cross_tenant_attempt", "main")[0]);
    expect(event).toMatchObject({ tenant: "acme", subject: "service-1", code: "tenant_mismatch" });
  });

  it("cannot be judged where the provider does not accept the node: 503, one report, and the fleet page is told", async () => {
    const token = await provider.token({ client: "app", resource: LOCKED });
    for (let count = 0; count < 6; count += 1) expect(await outcome("/locked", token)).toBe("503 idp_unavailable");
    await eventually("the breaker's event", () => eventsOf("breaker_open", "locked")[0]);
    expect(eventsOf("introspection_failed", "locked")).toHaveLength(1);
    expect(eventsOf("breaker_open", "locked")).toHaveLength(1);
    expect(await metric('sallyport_introspection_requests_total{result="client_refused"}')).toBe(3);
    const beat = await eventually("a heartbeat", () => plane.beats.findLast(({ problems }) => problems.some((each) => each.includes("acme/locked"))));
    const told = JSON.stringify([beat, ...plane.events.values()]);
    expect(told).not.toContain(token);
    expect(told).not.toContain("no-longer-good");
    // Nobody else is affected.
    expect(await outcome("/", await provider.token({ client: "app" }))).toBe("allow");
  });

  it("cannot be judged without the secret: 503, and nothing is sent", async () => {
    expect(await outcome("/secretless", "opaque")).toBe("503 idp_unavailable");
    const event = await eventually("the event", () => eventsOf("introspection_failed", "secretless")[0]);
    expect(event.detail).toContain("secret nowhere of acme");
  });
});

describe("an endpoint that goes away under load, and comes back", () => {
  it("does to each route exactly what its policy says, and nobody has to mend anything afterwards", async () => {
    const token = await provider.token({ client: "app", resource: AWAY });
    const { port } = provider;
    expect(await outcome("/away", token)).toBe("allow");
    let stopped = false;
    const load = runLoad({
      port: node.dataPort,
      connections: 8,
      path: () => "/tenants/acme/away/x",
      headers: { authorization: `Bearer ${token}` },
      stop: () => stopped,
    });
    await new Promise((next) => setTimeout(next, 300));
    await provider.close();
    const goneAt = Date.now();
    await eventually("the breaker opens", async () => (await metric('sallyport_introspection_breakers{state="open"}')) >= 1);

    expect(await outcome("/away", "never-seen")).toBe("503 idp_unavailable");
    expect(await outcome("/reject", token)).toBe("503 idp_unavailable");
    const passed = await call("/pass", token);
    expect(passed.status).toBe(200);
    const fields = await fieldsOf(passed);
    expect(fields).toMatchObject({ "x-authenticated": "false", "x-tenant-id": "acme" });
    expect(fields).not.toHaveProperty("authorization");
    expect(fields).not.toHaveProperty("x-user-id");
    for (let count = 0; count < 20; count += 1) expect((await call("/pass", token)).status).toBe(200);
    await eventually("the standing alert", () => eventsOf("pass_through_active", "away")[0]);
    expect(eventsOf("pass_through_active", "away")).toHaveLength(1);
    await eventually("answers get too old for a brief route", async () => (await outcome("/brief", token)) === "503 idp_unavailable", 5_000);
    expect(Date.now() - goneAt).toBeGreaterThan(1_000);
    expect(await outcome("/away", token)).toBe("allow");
    stopped = true;
    const { byStatus, broken } = await load;
    expect([...byStatus.keys()]).toEqual([200]);
    expect(broken).toEqual([]);
    expect(eventsOf("introspection_failed", "away")).toHaveLength(1);
    expect(eventsOf("breaker_open", "away")).toHaveLength(1);

    provider = await startProvider(port);
    const fresh = await provider.token({ client: "app", resource: AWAY });
    await eventually("it recovers", async () => (await outcome("/away", fresh)) === "allow", 10_000);
    await eventually("the old token is asked about again", async () => (await outcome("/away", token)) === "401 inactive_token", 5_000);
    expect(await outcome("/reject", fresh)).toBe("allow");
    const body = await fieldsOf(await call("/pass", fresh));
    expect(body).toMatchObject({ "x-user-id": "service-1" });
    expect(body["x-authenticated"]).not.toBe("false");
  }, 60_000);
});
