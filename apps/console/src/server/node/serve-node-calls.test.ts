import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createTestDatabase } from "@sallyport/data/testing";
import { enrolResponse } from "@sallyport/snapshot/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveNodeCalls } from "@/server/node/serve-node-calls";
import { recordPeerAddresses } from "@/server/peer-address";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { createTestNode } from "@/server/testing/test-node";
import config from "../../../next.config";
import { API_HEADERS } from "./serve-node-calls";

let fixture: ConsoleFixture;
let url: string;
/** Stands for the framework: says what reached it. */
const framework = createServer((request, response) => response.end(`${request.method} ${request.url}`));

beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
  recordPeerAddresses();
  serveNodeCalls();
  framework.listen(0, "127.0.0.1");
  await once(framework, "listening");
  url = `http://127.0.0.1:${(framework.address() as AddressInfo).port}`;
});
afterAll(async () => {
  framework.closeAllConnections();
  framework.close();
  await fixture.close();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

test("answers a node's calls by itself, and notes where they come from", async () => {
  const { token: joinToken } = await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: "t", kind: "one_off" });
  const node = createTestNode();
  const body = { joinToken, publicKey: node.publicKey, proof: node.proof(joinToken), version: "0.1.0", schemaVersions: [1] };
  const { nodeId, name } = enrolResponse.parse(await (await post("/api/node/v1/enrol", body)).json());
  const { items } = await fixture.cp.audit.list(await fixture.cp.access.fleet(fixture.admin.actor, "audit.read"), { action: "node.enrol" });
  expect(items[0]).toMatchObject({ targetName: name, ip: "127.0.0.1" });

  const asked = { revision: null, epoch: null, rootHash: null, installationHash: null, schemaVersions: [1], waitMs: 0 };
  const authorization = `Bearer ${node.token(nodeId)}`;
  // Read, then remembered; another body of the same node is read again, and so is one that is no poll.
  for (const waitMs of [0, 0, 0, 1, 0]) {
    const sync = await post("/api/node/v1/sync", { ...asked, waitMs }, { authorization });
    expect([sync.status, sync.headers.get("cache-control")]).toEqual([200, "no-store, no-transform"]);
    for (const [name, value] of Object.entries(API_HEADERS)) expect(sync.headers.get(name), name).toBe(value);
    expect(await sync.json()).toEqual({ kind: "unchanged", retryAfterMs: 0 });
  }
  expect((await post("/api/node/v1/sync", { ...asked, waitMs: -1 }, { authorization })).status).toBe(422);
  expect((await post("/api/node/v1/sync", "x".repeat(70_000), { authorization })).status).toBe(413);
  expect((await post("/api/node/v1/sync", asked, { authorization })).status).toBe(200);
  expect((await post("/api/node/v1/sync", asked, { authorization: `${authorization}x` })).status).toBe(401);
});

test("carries the headers that the framework would have set on an API's answer", async () => {
  const rules = (await config.headers?.())?.filter(({ source }) => source === "/:path*" || source.startsWith("/api/")) ?? [];
  const configured = rules.flatMap(({ headers }) => headers).map(({ key, value }) => [key, value]);
  expect(API_HEADERS).toEqual(Object.fromEntries(configured));
  const { headers } = await post("/api/node/v1/sync", {});
  for (const [name, value] of Object.entries(API_HEADERS)) expect(headers.get(name), name).toBe(value);
});

test.each([
  ["GET", "/api/node/v1/sync"],
  ["POST", "/api/node/v1/sync/"],
  ["POST", "/api/node/v1/sync?x=1"],
  ["POST", "/api/node/v1/%73ync"],
  ["POST", "/api/v1/revisions"],
  ["GET", "/"],
])("leaves %s %s to the framework", async (method, path) => {
  expect(await (await fetch(url + path, { method })).text()).toBe(`${method} ${path}`);
});

test("refuses a call without a token before it reads the body, and what it has not read is no second request", async () => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let seen = "";
  socket.on("data", (chunk) => {
    seen += chunk.toString("latin1");
  });
  socket.write("POST /api/node/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n");
  await once(socket, "end");
  expect(seen).toMatch(/^HTTP\/1\.1 401 /);
  expect(seen.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(seen).toMatch(/connection: close/i);
});

test("bounds a body that does not say how long it is", async () => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let seen = "";
  socket.on("data", (chunk) => {
    seen += chunk.toString("latin1");
  });
  socket.write("POST /api/node/v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
  for (let sent = 0; sent <= 16_384; sent += 4_096) socket.write(`1000\r\n${" ".repeat(4_096)}\r\n`);
  await once(socket, "end");
  expect(seen).toMatch(/^HTTP\/1\.1 413 /);
});
