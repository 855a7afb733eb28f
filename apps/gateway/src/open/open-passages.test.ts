import { createHash } from "node:crypto";
import { type ApiKeysSection, apiKeysSection, type Section } from "@sallyport/snapshot";
import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer, type TokenMint } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { closeOf, type OpenConnection, openEvents, openWebSocket } from "../testing/open-connections.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

/** SECURITY §3: what is suspended, disabled or revoked ends everywhere within this, ms. */
const PROMISED_MS = 2_000;
const API_KEY = `spk_${"a".repeat(43)}`;
const HOST = "Host: api.example.test\r\n";
const AUDIENCE = "https://api.example.test";

let plane: TestControlPlane;
let upstream: EchoUpstream;
let jwks: JwksServer;
let mint: TokenMint;
let node: RunningGateway;
let dataDir: string;
let open: OpenConnection[] = [];

const routes = (change: Record<string, unknown> = {}) => ({
  live: { pathPrefix: "/live", upstream: "main", websocket: true, authentication: { mode: "required" } },
  keyed: { pathPrefix: "/keyed", upstream: "main", websocket: true, authentication: { mode: "required", authenticators: ["api_key"] } },
  open: { pathPrefix: "/open", upstream: "main", websocket: true, authentication: { mode: "public" } },
  ...change,
});
const without = (name: string) => Object.fromEntries(Object.entries(routes()).filter(([other]) => other !== name));
const acme = (rest: Record<string, unknown> = {}, changed: Record<string, unknown> = {}) =>
  tenantOf({ slug: "acme", upstream: upstream.url, issuer: jwks.issuer, routes: routes(changed) as never, rest });
const globex = () => tenantOf({ slug: "globex", upstream: upstream.url, issuer: jwks.issuer, audience: "https://globex.example.test" });
const apiKeys = (keys: readonly string[]): ApiKeysSection =>
  apiKeysSection.parse({
    kind: "api-keys",
    tenant: "acme",
    keys: Object.fromEntries(
      keys.map((key) => ["ci-runner", { hash: createHash("sha256").update(key).digest("hex"), subject: "ci", scopes: [], expiresAt: null }]),
    ),
  });
const publish = (...sections: Section[]) => plane.publish([fleetOf(), globex(), ...sections]);
const whole = () => [acme(), apiKeys([API_KEY])];

const token = (more: Record<string, unknown> = {}) =>
  mint.sign({ iss: jwks.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 300, ...more });
const asUser = () => `${HOST}Authorization: Bearer ${token()}\r\n`;
const asMachine = `${HOST}X-API-Key: ${API_KEY}\r\n`;

/** A WebSocket and an event stream of the same route. */
async function both(route: string, fields: string): Promise<readonly [OpenConnection, OpenConnection]> {
  const where = { port: node.dataPort, path: `/tenants/acme/${route}`, fields };
  const pair = [await openWebSocket(where), await openEvents(where)] as const;
  open.push(...pair);
  return pair;
}
async function expectEnded([socket, events]: readonly [OpenConnection, OpenConnection], reason: string): Promise<void> {
  await eventually(`both end, for ${reason}`, () => socket.ended && events.ended, PROMISED_MS);
  expect(closeOf(socket)).toEqual({ code: 1_008, reason });
  // Cut off: no last chunk makes it look finished.
  expect(events.text.endsWith("\r\n0\r\n\r\n")).toBe(false);
}
const runs = (revision: number) => eventually(`revision ${revision}`, () => plane.reports.some((report) => report.revision === revision));

beforeAll(async () => {
  mint = createTokenMint({ alg: "ES256" });
  [plane, upstream, jwks, dataDir] = await Promise.all([
    TestControlPlane.start(),
    startEchoUpstream(),
    startJwksServer({ jwks: mint.jwks() }),
    freshFolder(),
  ]);
  await publish(...whole());
  node = await startGateway(plane, { dataDir });
  await ready(node);
});
beforeEach(async () => {
  await runs((await publish(...whole())).revision);
});
afterEach(() => {
  for (const { socket } of open) socket.destroy();
  open = [];
});
afterAll(async () => {
  await node.close();
  await Promise.all([plane.down(), upstream.close(), jwks.close()]);
  await removeFolder(dataDir);
});

describe("what is open ends within two seconds of the revision that takes away what it rests on", () => {
  const cases: readonly [string, string, () => readonly Section[]][] = [
    ["the tenant is suspended", "tenant_suspended", () => [acme({ status: "suspended" }), apiKeys([API_KEY])]],
    ["the tenant is gone", "tenant_not_found", () => []],
    [
      "the identity provider is disabled",
      "invalid_token",
      () => [
        acme({
          identityProviders: { main: { issuer: jwks.issuer, audiences: [AUDIENCE], keys: { kind: "jwks", url: jwks.jwksUrl }, status: "disabled" } },
        }),
      ],
    ],
    ["the route is gone", "route_not_found", () => [acme({ routes: without("live") })]],
    [
      "the route wants a scope now",
      "insufficient_scope",
      () => [acme({}, { live: { ...routes().live, authentication: { mode: "required", requiredScopes: ["admin"] } } })],
    ],
  ];
  it.each(cases)("%s", async (_what, reason, sections) => {
    const mine = await both("live", asUser());
    await publish(...sections());
    await expectEnded(mine, reason);
  });

  it("the API key is revoked", async () => {
    const mine = await both("keyed", asMachine);
    await publish(acme());
    await expectEnded(mine, "invalid_api_key");
  });

  it("a public route asks for a credential", async () => {
    const mine = await both("open", HOST);
    await publish(acme({}, { open: { ...routes().open, authentication: { mode: "required" } } }));
    await expectEnded(mine, "missing_token");
  });

  it("a route that allows no WebSockets any more ends those, and lets events go on", async () => {
    const [socket, events] = await both("live", asUser());
    await publish(acme({}, { live: { ...routes().live, websocket: false } }));
    await eventually("the WebSocket ends", () => socket.ended, PROMISED_MS);
    expect(closeOf(socket)).toEqual({ code: 1_008, reason: "upgrade_not_allowed" });
    expect(events.ended).toBe(false);
  });
});

describe("what is open", () => {
  it("goes on through a revision that changes nothing for it, and is told apart from what does not", async () => {
    const kept = [...(await both("live", asUser())), ...(await both("open", HOST))];
    const gone = await both("keyed", asMachine);
    await publish(acme());
    await expectEnded(gone, "invalid_api_key");
    expect(kept.map(({ ended }) => ended)).toEqual([false, false, false, false]);
    const [socket] = kept;
    socket?.socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    await eventually("the echo", () => socket?.text.endsWith("hi"));
  });

  it("ends when its token expires", async () => {
    const mine = await both("live", `${HOST}Authorization: Bearer ${token({ exp: Math.floor(Date.now() / 1_000) + 2 })}\r\n`);
    await eventually("both end", () => mine.every(({ ended }) => ended), 4_000);
    expect(closeOf(mine[0])).toEqual({ code: 1_008, reason: "token_expired" });
  });

  it("is counted while it is open and when it is ended; a short answer never is", async () => {
    const metrics = async () => (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
    await both("live", asUser());
    expect(await metrics()).toContain("sallyport_open_passages 2");
    const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/open/x`);
    expect([response.status, (await response.text()).length > 0]).toEqual([200, true]);
    expect(await metrics()).toContain("sallyport_open_passages 2");
    await publish(acme({ status: "suspended" }));
    await eventually("none is open", async () => (await metrics()).includes("sallyport_open_passages 0"));
    expect(await metrics()).toMatch(/sallyport_passages_ended_total\{code="tenant_suspended"\} \d+/);
  });
});
