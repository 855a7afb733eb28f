import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";
import { filesOf, type NodeProcess, startNodeProcess } from "@/server/testing/node-process";
import { type ServedRoutes, serveRoutes } from "@/server/testing/serve-routes";
import { Transcript } from "@/server/testing/transcript";

/** SECURITY §3: what is revoked is refused everywhere within this, ms. */
const PROMISED_MS = 2_000;

interface Node {
  readonly dataDir: string;
  running: NodeProcess;
}

let fixture: ConsoleFixture;
let served: ServedRoutes;
let upstream: Server;
let nodes: Node[] = [];
let token: string;
const keys: string[] = [];
/** Logs of this process and of the nodes', and all answers but those that make a key. */
let told: Transcript;
/** What the upstream was told of the caller. */
const callers: (string | undefined)[] = [];

beforeAll(async () => {
  told = new Transcript();
  upstream = createServer((request, response) => {
    told.add(JSON.stringify([request.url, request.rawHeaders]));
    callers.push(request.headers["x-user-id"]?.toString());
    response.end("the upstream");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  [fixture, served] = await Promise.all([startConsoleFixture(await createTestDatabase()), serveRoutes()]);
  token = await fixture.tokenFor("platform_admin");
});
afterAll(async () => {
  for (const { running } of nodes) await running.stop();
  upstream.closeAllConnections();
  upstream.close();
  await served.close();
  await fixture.close();
  for (const { dataDir } of nodes) await rm(dataDir, { recursive: true, force: true });
});

async function rest(method: "GET" | "PUT" | "POST" | "DELETE", at: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await callRest({ method, path: at, token, headers, ...(body === undefined ? {} : { body }) });
  const { key, ...others } = answer.body;
  told.add(JSON.stringify([others, [...answer.headers]]));
  if (typeof key === "string") keys.push(key);
  return { ...answer, key: String(key) };
}

const start = (dataDir: string, joinToken?: string) =>
  startNodeProcess({ controlPlane: served.url, dataDir, transcript: told, ...(joinToken && { joinToken }) });

async function codeAt({ running: { port } }: Node, tenant: string, key: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/tenants/${tenant}/anything`, { headers: { "x-api-key": key } });
  const text = await response.text();
  told.add(text);
  return response.status === 200 ? "allow" : String(JSON.parse(text).code);
}
const everywhere = (ms: number, key: string, code: string, tenant = "acme") =>
  told.until(
    `${code} at every node`,
    async () => (await Promise.all(nodes.map((node) => codeAt(node, tenant, key)))).every((each) => each === code),
    ms,
  );
const lookAt = async (name: string) => (await rest("GET", `/tenants/acme/api-keys/${name}`)).body;

test("an API key works at every node within two seconds of being made, and is refused within two of being revoked", async () => {
  // Keys that are not there yet, or no more, are tried here until a node knows: that is no guessing.
  await fixture.allowLoopback();
  const anew = { "if-none-match": "*" };
  const { port } = upstream.address() as AddressInfo;
  for (const slug of ["acme", "globex"]) {
    const url = `http://127.0.0.1:${port}`;
    expect((await rest("PUT", `/tenants/${slug}/upstreams/main`, { spec: { url } }, anew)).status).toBe(200);
    const spec = { upstream: "main", authentication: { mode: "required", authenticators: ["api_key"] } };
    expect((await rest("PUT", `/tenants/${slug}/routes/all`, { spec }, anew)).status).toBe(200);
  }
  expect((await rest("POST", "/revisions", { comment: "First", base: null })).status).toBeLessThan(300);
  nodes = await Promise.all(
    [1, 2].map(async (number) => {
      const dataDir = await mkdtemp(path.join(tmpdir(), "sallyport-node-"));
      const { token: joinToken } = await fixture.cp.joinTokens.create(fixture.admin.actor, { group: "default", label: `node ${number}` });
      return { dataDir, running: await start(dataDir, joinToken) };
    }),
  );
  await everywhere(20_000, `spk_${"A".repeat(43)}`, "invalid_api_key");

  const made = await rest("POST", "/tenants/acme/api-keys", { name: "ci-runner", scopes: ["read"] }, { "idempotency-key": "make-the-key" });
  expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
  await everywhere(PROMISED_MS, made.key, "allow");
  expect(callers.at(-1)).toBe("api-key/ci-runner");
  // Sent twice it is made once, and told once.
  const again = await rest("POST", "/tenants/acme/api-keys", { name: "ci-runner", scopes: ["read"] }, { "idempotency-key": "make-the-key" });
  expect(again.status).toBe(409);
  expect((await fixture.cp.draft.summary(fixture.admin.actor)).base).toBe(2);
  await told.until("the use is told", async () => (await lookAt("ci-runner")).lastUsedAt !== null, 10_000);

  const foreign = await rest("POST", "/tenants/globex/api-keys", { name: "theirs" });
  await everywhere(PROMISED_MS, foreign.key, "allow", "globex");
  await everywhere(PROMISED_MS, foreign.key, "tenant_mismatch");
  await told.until(
    "the alert",
    async () => {
      const { items = [] } = (await rest("GET", "/alerts")).body;
      return items.some(({ kind, tenant, tokenTenant }) => kind === "cross_tenant_attempt" && tenant === "acme" && tokenTenant === "globex");
    },
    10_000,
  );

  const rotated = await callTrpc({
    type: "mutation",
    path: "apiKeys.rotate",
    input: { slug: "acme", name: "ci-runner", overlapSeconds: 600, version: 1 },
    cookie: fixture.admin.cookie,
  });
  const fresh = z.object({ key: z.string() }).parse(rotated.data).key;
  keys.push(fresh);
  await everywhere(PROMISED_MS, fresh, "allow");
  await everywhere(PROMISED_MS, made.key, "allow");
  expect((await rest("POST", "/tenants/acme/api-keys/ci-runner/end-overlap", {}, { "if-match": '"1"' })).status).toBe(412);
  expect((await rest("POST", "/tenants/acme/api-keys/ci-runner/end-overlap", {})).status).toBe(200);
  await everywhere(PROMISED_MS, made.key, "invalid_api_key");
  await everywhere(PROMISED_MS, fresh, "allow");

  expect((await rest("DELETE", "/tenants/globex/api-keys/theirs")).status).toBe(204);
  await everywhere(PROMISED_MS, foreign.key, "invalid_api_key", "globex");

  for (const { method, path: at } of REST_TABLE.filter(({ method }) => method === "GET"))
    await rest(
      method as "GET",
      at.replace("{slug}", "acme").replace("{name}", "ci-runner").replace("{number}", "2").replace("{id}", "0199aaaa-0000-7000-8000-000000000000"),
    );
  for (const [name, input] of [
    ["apiKeys.list", { slug: "acme" }],
    ["apiKeys.list", { slug: "globex", show: "revoked" }],
    ["audit.list", {}],
    ["revisions.get", { number: 2 }],
  ] as const) {
    const answer = await callTrpc({ type: "query", path: name, input, cookie: fixture.admin.cookie });
    expect(answer.status, name).toBe(200);
    told.add(JSON.stringify(answer));
  }

  // A node that starts while the control plane is away has its keys from its own disk.
  await served.close();
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node");
  await first.running.stop();
  first.running = await start(first.dataDir);
  expect(await codeAt(first, "acme", fresh)).toBe("allow");
  expect(await codeAt(first, "acme", made.key)).toBe("invalid_api_key");

  const disk = await filesOf(first.dataDir);
  expect(disk).toContain("installation/api-keys/acme");
  expect(keys).toHaveLength(3);
  for (const key of keys) {
    const hash = createHash("sha256").update(key).digest("hex");
    expect(told.has(key.slice(4)), "a key is told").toBe(false);
    expect(told.has(hash), "a hash is told").toBe(false);
    expect(disk.includes(key.slice(4)), "a key is on disk").toBe(false);
  }
}, 120_000);
