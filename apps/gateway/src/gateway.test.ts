import {
  createTokenMint,
  type EchoAnswer,
  type EchoUpstream,
  type JwksServer,
  startEchoUpstream,
  startJwksServer,
  type TokenMint,
} from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
let plane: TestControlPlane;
let node: RunningGateway;
let upstream: EchoUpstream;
let jwks: JwksServer;
let otherJwks: JwksServer;
let mint: TokenMint;
let otherMint: TokenMint;
let dataDir: string;

const claims = (issuer: string, more: Record<string, unknown> = {}) => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: "user-1",
  exp: Math.floor(Date.now() / 1_000) + 300,
  email: "ada@acme.test",
  roles: ["admin", "auditor"],
  ...more,
});
const call = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${node.dataPort}${path}`, { ...init, headers });

beforeAll(async () => {
  mint = createTokenMint({ alg: "ES256" });
  otherMint = createTokenMint({ alg: "RS256" });
  [plane, upstream, jwks, otherJwks, dataDir] = await Promise.all([
    TestControlPlane.start(),
    startEchoUpstream(),
    startJwksServer({ jwks: mint.jwks() }),
    startJwksServer({ jwks: otherMint.jwks() }),
    freshFolder(),
  ]);
  await plane.publish([
    fleetOf(),
    tenantOf({ slug: "acme", upstream: upstream.url, issuer: jwks.issuer }),
    tenantOf({ slug: "globex", upstream: upstream.url, issuer: otherJwks.issuer }),
    tenantOf({
      slug: "limited",
      upstream: upstream.url,
      rest: { rateLimitPolicies: { slow: { key: ["client_ip", "tenant"], limit: 2, windowSeconds: 60, burst: 2 } } },
    }),
  ]);
  node = await startGateway(plane, { dataDir });
  await ready(node);
});

afterAll(async () => {
  await node?.close();
  await Promise.all([plane?.down(), upstream?.close(), jwks?.close(), otherJwks?.close()]);
  await removeFolder(dataDir);
});

describe("a node between its fleet and an upstream", () => {
  it("enrols, applies the signed snapshot and acknowledges it with the time that it took", async () => {
    const ack = await eventually("an ack", () => plane.reports.find(({ outcome }) => outcome === "ack"));
    expect(ack).toMatchObject({ outcome: "ack", revision: 1, epoch: 1, rootHash: plane.latest?.claims.rootHash });
  });

  it("lets a good token through and tells the upstream who calls, and never what the client claimed to be", async () => {
    const response = await call("/tenants/acme/v1/payments?x=1", {
      authorization: `Bearer ${mint.sign(claims(jwks.issuer))}`,
      "x-user-id": "root",
      "x-request-id": "req-1",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-request-id")).toBe("req-1");
    const seen = (await response.json()) as EchoAnswer;
    expect(seen.url).toBe("/v1/payments?x=1");
    const fields = Object.fromEntries(
      seen.headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), seen.headers[index + 1]]] : [])),
    );
    expect(fields).toMatchObject({
      "x-user-id": "user-1",
      "x-tenant-id": "acme",
      "x-user-roles": "admin,auditor",
      "x-request-id": "req-1",
      "x-correlation-id": "req-1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": `127.0.0.1:${node.dataPort}`,
    });
    expect(fields.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(fields).not.toHaveProperty("authorization");
  });

  it("answers a missing token with a problem document and a bare challenge that names the tenant", async () => {
    const response = await call("/tenants/acme/v1/payments", { "x-request-id": "req-2" });
    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="acme"');
    expect(await response.json()).toMatchObject({ code: "missing_token", status: 401, request_id: "req-2", error: "missing_token" });
  });

  it("refuses a token of another tenant and reports the attempt once, with a hash instead of the token", async () => {
    const token = otherMint.sign(claims(otherJwks.issuer));
    const response = await call("/tenants/acme/v1/payments", { authorization: `Bearer ${token}`, "user-agent": "probe/1" });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "tenant_mismatch" });
    const event = await eventually("the event arrives", () => [...plane.events.values()].find(({ kind }) => kind === "cross_tenant_attempt"));
    expect(event).toMatchObject({
      tenant: "acme",
      tokenTenant: "globex",
      route: "main",
      code: "tenant_mismatch",
      clientIp: "127.0.0.1",
      userAgent: "probe/1",
    });
    expect(event.tokenHash).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(event)).not.toContain(token.slice(-40));
  });

  it("refuses what is over a limit with the time to wait, and reports it", async () => {
    const answers = [];
    for (let count = 0; count < 3; count += 1) answers.push(await call("/tenants/limited/open"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    const [, , refused] = answers;
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused?.headers.get("ratelimit-policy")).toBe('"slow";q=2;w=60');
    expect(await refused?.json()).toMatchObject({ code: "rate_limited" });
    await eventually("the event", () =>
      [...plane.events.values()].some(({ kind, tenant }) => kind === "rate_limit_exceeded" && tenant === "limited"),
    );
  });

  it("serves health and metrics on its admin listener, and none of it on the data listener", async () => {
    const admin = `http://127.0.0.1:${node.adminPort}`;
    expect((await fetch(`${admin}/health/live`)).status).toBe(200);
    expect((await fetch(`${admin}/health/ready`)).status).toBe(200);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain('sallyport_requests_total{result="allow"}');
    expect(metrics).toContain("sallyport_snapshot_revision 1");
    expect(metrics).toContain("sallyport_control_plane_up 1");
    expect((await call("/health/live")).status).toBe(400);
  });

  it("tells the control plane how it is, and how often each result came", async () => {
    const beat = await eventually("a heartbeat after the apply", () => plane.beats.find(({ revision }) => revision === 1));
    expect(beat).toMatchObject({ ready: true, draining: false, problems: [] });
    const counts = await eventually("counts", () => {
      const rows = [...plane.batches.values()].flatMap((batch) => batch.counts);
      return rows.some(({ tenant, result }) => tenant === "acme" && result === "allow") ? rows : null;
    });
    expect(counts.find(({ result }) => result === "tenant_mismatch")).toMatchObject({ tenant: "acme", route: "main" });
  });
});
