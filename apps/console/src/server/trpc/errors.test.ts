import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GET, POST } from "@/app/api/trpc/[trpc]/route";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
});
afterAll(() => fixture.close());

const put = (name: string, spec: unknown, version: number | null) =>
  callTrpc({
    type: "mutation",
    path: "objects.upstreams.put",
    input: { slug: "acme", name, spec, version },
    cookie: fixture.admin.cookie,
  });

test("a wrong field is named with reason and remedy, under the path that the form has", async () => {
  const { status, error } = await put("main", { url: "ftp://payments" }, null);
  expect(status).toBe(422);
  expect(error?.problem).toMatchObject({
    code: "invalid",
    issues: [{ path: "spec.url", message: expect.stringContaining("write http:// or https://") }],
  });
  expect(error?.problem.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test("a second editor's save is a conflict that carries what stands now", async () => {
  const first = await put("shared", { url: "https://one.example" }, null);
  expect(first.status).toBe(200);
  await put("shared", { url: "https://two.example" }, 1);
  const { status, error } = await put("shared", { url: "https://three.example" }, 1);
  expect(status).toBe(409);
  expect(error?.problem).toMatchObject({ code: "conflict", current: { version: 2, spec: { url: "https://two.example" } } });
});

test("an unknown procedure and a malformed body say nothing of the server's inside", async () => {
  const unknown = await callTrpc({ type: "query", path: "tenants.everything", cookie: fixture.admin.cookie });
  expect(unknown.status).toBe(404);
  expect(JSON.stringify(unknown)).not.toMatch(/stack|node_modules|\/src\//);
});

test("unknown members of an input are refused", async () => {
  const { status, error } = await callTrpc({
    type: "mutation",
    path: "tenants.suspend",
    input: { slug: "acme", version: 1, tenantId: "another" },
    cookie: fixture.admin.cookie,
  });
  expect(status).toBe(422);
  expect(error?.message).toContain("tenantId");
});

test("a body past the limit is refused, however it is sent", async () => {
  const headers = { host: "localhost:3000", origin: "http://localhost:3000", "sec-fetch-site": "same-origin", "content-type": "application/json" };
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body: endless, duplex: "half" };
  expect((await POST(new Request("http://localhost:3000/api/trpc/tenants.create", init))).status).toBe(413);
  expect(sent).toBeLessThan(64);
});

test("a request behind a Proxy, as Next hands it over, is read like any other", async () => {
  const headers = { host: "localhost:3000", origin: "http://localhost:3000", "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const request = new Request("http://localhost:3000/api/trpc/tenants.create", { method: "POST", headers, body: '{"json":{}}' });
  const proxied = new Proxy(request, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const response = await POST(proxied);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { json: { message: expect.any(String) } } });
});

test("a mutation cannot be called by GET", async () => {
  const request = new Request("http://localhost:3000/api/trpc/tenants.suspend?input=%7B%7D", { headers: { cookie: fixture.admin.cookie } });
  expect((await GET(request)).status).toBe(405);
});
