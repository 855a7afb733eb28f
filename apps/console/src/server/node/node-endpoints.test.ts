import { createPublicKey, randomUUID, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { createTestDatabase } from "@sallyport/data/testing";
import { revisionEnvelope } from "@sallyport/snapshot";
import {
  type EnrolResponse,
  enrolResponse,
  heartbeatResponse,
  NODE_REVOKED_TYP,
  nodeRevokedClaims,
  PACKED_MEDIA_TYPE,
  syncResponse,
} from "@sallyport/snapshot/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST } from "@/app/api/node/v1/[call]/route";
import { composition } from "@/server/control-plane";
import { type ConsoleFixture, PUBLIC_URL, startConsoleFixture } from "@/server/testing/console-fixture";
import { createTestNode, type TestNode } from "@/server/testing/test-node";

interface Sent {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function call(name: string, body: unknown, { token, headers, signal }: Sent = {}): Promise<Response> {
  const request = new Request(`${PUBLIC_URL}/api/node/v1/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return POST(request, { params: Promise.resolve({ call: name }) });
}

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
});
afterAll(() => fixture.close());

const joinToken = async (): Promise<string> =>
  (await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: "test", kind: "one_off", expiresInMinutes: 5 })).token;
const enrolBody = (node: TestNode, token: string) => ({
  joinToken: token,
  publicKey: node.publicKey,
  proof: node.proof(token),
  version: "0.1.0",
  schemaVersions: [1],
});
async function enrolled(): Promise<{ node: TestNode; identity: EnrolResponse; token: string }> {
  const node = createTestNode();
  const response = await call("enrol", enrolBody(node, await joinToken()));
  expect(response.status).toBe(200);
  const identity = enrolResponse.parse(await response.json());
  return { node, identity, token: node.token(identity.nodeId) };
}
const NOTHING_YET = { revision: null, epoch: null, rootHash: null, installationHash: null, schemaVersions: [1] };
const heartbeat = {
  revision: null,
  epoch: null,
  rootHash: null,
  version: "0.1.0",
  startedAt: new Date().toISOString(),
  clock: new Date().toISOString(),
  ready: true,
  draining: false,
  requestsPerSecond: 0,
  refusedPerSecond: 0,
  pipelineP50Us: null,
  pipelineP95Us: null,
  problems: [],
  jwks: [],
};

describe("a node", () => {
  test("comes in with a join token and its own key, is heard, and gets what was published", async () => {
    const { identity, token } = await enrolled();
    heartbeatResponse.parse(await (await call("heartbeat", heartbeat, { token })).json());
    expect((await fixture.cp.nodes.list(fixture.admin.actor)).find(({ id }) => id === identity.nodeId)).toMatchObject({ health: "serving" });

    const waiting = call("sync", { ...NOTHING_YET, waitMs: 20_000 }, { token });
    await fixture.cp.draft.publish(fixture.admin.actor, { comment: "First", base: null });
    const update = syncResponse.parse(await (await waiting).json());
    expect(update).toMatchObject({ kind: "update", base: null, removed: [] });
    expect(update.kind === "update" && Object.keys(update.manifest ?? {})).toEqual(
      expect.arrayContaining(["fleet", "tenants/acme", "tenants/globex"]),
    );
  });

  test("gets a large answer packed when it names the media type, the same bytes either way", async () => {
    const { token } = await enrolled();
    const sync = (headers: Record<string, string>) => call("sync", { ...NOTHING_YET, waitMs: 0 }, { token, headers });
    const [plain, packed, refused] = await Promise.all([
      sync({}),
      sync({ accept: `application/json, ${PACKED_MEDIA_TYPE}` }),
      sync({ "accept-encoding": "gzip" }),
    ]);
    expect([plain, packed, refused].map(({ headers }) => headers.get("content-type"))).toEqual([
      "application/json",
      PACKED_MEDIA_TYPE,
      "application/json",
    ]);
    // So that nothing on the way compresses it once more.
    expect(plain.headers.get("cache-control")).toBe("no-store, no-transform");
    const text = await plain.text();
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(text);
  });

  test("sends its events twice and they count once", async () => {
    const { token } = await enrolled();
    const event = {
      id: randomUUID(),
      kind: "cross_tenant_attempt",
      at: new Date().toISOString(),
      tenant: "acme",
      tokenTenant: "globex",
      identityProvider: "main",
      route: "api",
      code: "tenant_mismatch",
      requestId: "r-1",
      clientIp: "192.0.2.7",
      subject: "mallory",
      issuer: "https://id.globex.example",
      method: "GET",
      path: "/v1/payments",
      userAgent: null,
      tokenHash: "0123456789abcdef",
      detail: "The token is globex's.",
    };
    const batch = { batch: randomUUID(), events: [event], counts: [], dropped: 0 };
    expect(await (await call("events", batch, { token })).json()).toEqual({ accepted: 1, duplicates: 0 });
    expect(await (await call("events", batch, { token })).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await fixture.cp.alerts.list(fixture.admin.actor, { kind: "cross_tenant_attempt" })).items).toMatchObject([{ tenant: "acme", count: 1 }]);
  });

  test("that was revoked is refused at its next call", async () => {
    const { token, identity } = await enrolled();
    await fixture.cp.nodes.revoke(fixture.admin.actor, { name: identity.name });
    expect((await call("heartbeat", heartbeat, { token })).status).toBe(401);
  });

  test("that was revoked is told so by its poll, in a word that its pinned key signed for it; whoever only knows its key's name is told nothing", async () => {
    const { node, token, identity } = await enrolled();
    await fixture.cp.nodes.revoke(fixture.admin.actor, { name: identity.name });
    const response = await call("sync", { ...NOTHING_YET, waitMs: 0 }, { token });
    const answer = syncResponse.parse(await response.json());
    if (answer.kind !== "revoked") throw new Error(`the poll was answered ${answer.kind}`);
    const [header = "", payload = "", signature = ""] = answer.notice.split(".");
    const [pinned] = identity.trustedKeys;
    const key = createPublicKey({ key: { ...pinned }, format: "jwk" });
    expect(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "EdDSA", typ: NODE_REVOKED_TYP, kid: pinned?.kid });
    const claims = nodeRevokedClaims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
    expect(claims).toMatchObject({ fleet: identity.fleet, sub: identity.nodeId });

    const [, body = "", other = ""] = createTestNode().token(identity.nodeId).split(".");
    const forged = `${node.token(identity.nodeId).split(".")[0]}.${body}.${other}`;
    expect((await call("sync", { ...NOTHING_YET, waitMs: 0 }, { token: forged })).status).toBe(401);
  });
});

describe("refused is", () => {
  test.each([
    ["no token", () => undefined],
    ["a token of another key", ({ identity }: Awaited<ReturnType<typeof enrolled>>) => createTestNode().token(identity.nodeId)],
    [
      "a token that lives too long",
      ({ node, identity }: Awaited<ReturnType<typeof enrolled>>) => node.token(identity.nodeId, { exp: Math.floor(Date.now() / 1000) + 3_600 }),
    ],
    ["a token for somebody else", ({ node, identity }: Awaited<ReturnType<typeof enrolled>>) => node.token(identity.nodeId, { aud: "another" })],
    ["another node's name", ({ node }: Awaited<ReturnType<typeof enrolled>>) => node.token(randomUUID())],
    ["an API token", () => "spt_abcdefgh"],
  ])("%s, with 401 and a problem", async (_name, tokenOf) => {
    const token = tokenOf(await enrolled());
    for (const name of ["sync", "heartbeat", "events"]) {
      const response = await call(name, {}, token === undefined ? {} : { token });
      expect(response.status, name).toBe(401);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
  });

  test("a spent join token, and one for another key's proof", async () => {
    const [first, second] = [createTestNode(), createTestNode()];
    const token = await joinToken();
    expect((await call("enrol", { ...enrolBody(first, token), proof: second.proof(token) })).status).toBe(401);
    expect((await call("enrol", enrolBody(first, token))).status).toBe(200);
    expect((await call("enrol", enrolBody(second, token))).status).toBe(401);
  });

  test("what is too large, malformed, unknown or of the wrong form", async () => {
    const { token } = await enrolled();
    expect((await call("sync", "x".repeat(70_000), { token })).status).toBe(413);
    expect((await call("sync", "{", { token })).status).toBe(400);
    expect((await call("sync", "{}", { token, headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect((await call("sync", { ...NOTHING_YET, waitMs: 60_000 }, { token })).status).toBe(422);
    expect((await call("everything", {}, { token })).status).toBe(404);
    expect((await call("toString", {}, { token })).status).toBe(404);
  });
});

describe("a waiting node", () => {
  test("that hangs up ends its wait at once, and so does the end of the process", async () => {
    const { token } = await enrolled();
    const first = syncResponse.parse(await (await call("sync", { ...NOTHING_YET, waitMs: 0 }, { token })).json());
    if (first.kind !== "update") throw new Error("nothing was published");
    const envelope = revisionEnvelope.parse(JSON.parse(Buffer.from(first.envelope.split(".")[1] ?? "", "base64url").toString()));
    const { revision, epoch, rootHash, installationHash } = envelope;
    const poll = (signal?: AbortSignal) =>
      call("sync", { revision, epoch, rootHash, installationHash, schemaVersions: [1], waitMs: 25_000 }, { token, ...(signal ? { signal } : {}) });
    const hangUp = new AbortController();
    for (const [end, pause] of [
      [() => hangUp.abort(), 0],
      [() => composition().drain(), 1_000],
    ] as const) {
      const started = performance.now();
      const waiting = poll(hangUp.signal.aborted ? undefined : hangUp.signal);
      setTimeout(end, 300);
      expect(await (await waiting).json()).toEqual({ kind: "unchanged", retryAfterMs: pause });
      expect(performance.now() - started).toBeGreaterThan(250);
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });
});
