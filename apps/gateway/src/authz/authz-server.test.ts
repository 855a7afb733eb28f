import { rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";

let plane: DataPlane;
beforeAll(async () => {
  plane = await startDataPlane({
    authz: true,
    fleet: { trustedProxies: ["127.0.0.1/32"] },
    tenant: {
      routes: {
        open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
        through: { pathPrefix: "/through", upstream: "main", authentication: { mode: "required" }, propagation: "through" },
        write: { pathPrefix: "/write", upstream: "main", methods: ["GET"], authentication: { mode: "required", requiredScopes: ["write"] } },
        main: { upstream: "main", authentication: { mode: "required" } },
      },
      rest: {
        propagationPolicies: { through: { strategy: "pass_through" } },
        rateLimitPolicies: { few: { key: ["tenant"], limit: 1, windowSeconds: 3_600, burst: 1, routes: ["open"] } },
      },
    },
  });
});
afterAll(() => plane?.close());

const port = () => plane.node.authzPort ?? 0;
const lines = (fields: Record<string, string>) => Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
const ask = (path: string, fields: Record<string, string>, more = "", method = "GET") =>
  rawRequest({ port: port(), bytes: `${method} ${path} HTTP/1.1\r\nHost: api.example.test\r\n${lines(fields).join("")}${more}\r\n` });
const about = (uri: string, fields: Record<string, string> = {}, method = "GET") => ({
  "X-Forwarded-Method": method,
  "X-Forwarded-Uri": uri,
  "X-Forwarded-Host": "api.example.test",
  "X-Forwarded-For": "198.51.100.7",
  ...fields,
});
const bearer = () => ({ Authorization: `Bearer ${plane.token({ email: "ada@acme.example" })}` });
const codeOf = (body: string): unknown => (JSON.parse(body) as { code?: unknown }).code;

describe("a proxy that asks with X-Forwarded-*", () => {
  it("is told 200 with every identity header of the policy, empty where there is nothing to say, and without the credential", async () => {
    const answer = await ask("/authz", about("/tenants/acme/orders?a=1", bearer()));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-user-id")).toEqual(["user-1"]);
    expect(answer.headers.get("x-user-email")).toEqual(["ada@acme.example"]);
    expect(answer.headers.get("x-tenant-id")).toEqual(["acme"]);
    expect(answer.headers.get("x-user-roles")).toEqual([""]);
    expect(answer.headers.get("authorization")).toEqual([""]);
    expect(answer.headers.get("x-request-id")?.[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body).toBe("");
  });

  it("is told the cookies without the gateway's own, which end here", async () => {
    const cookies = "a=1; __Host-sallyport-acme=x; b=2";
    const answer = await ask("/authz", about("/tenants/acme/orders", { ...bearer(), Cookie: cookies }));
    expect([answer.status, answer.headers.get("cookie")]).toEqual([200, ["a=1; b=2"]]);
    expect((await ask("/authz", about("/tenants/acme/orders", bearer()))).headers.get("cookie")).toEqual([""]);
  });

  it("is handed the credential back where the policy passes it through", async () => {
    const fields = bearer();
    const answer = await ask("/authz", about("/tenants/acme/through", fields));
    expect([answer.status, answer.headers.get("authorization")]).toEqual([200, [fields.Authorization]]);
  });

  it.each([
    ["no credential", "/tenants/acme/orders", {}, "GET", 401, "missing_token"],
    ["a forged token", "/tenants/acme/orders", { Authorization: "Bearer a.b.c" }, "GET", 401, "invalid_token"],
    ["an unknown tenant", "/tenants/hooli/orders", {}, "GET", 404, "tenant_not_found"],
    ["a method that the route does not take", "/tenants/acme/write", {}, "POST", 405, "method_not_allowed"],
    ["a target with two readings", "/tenants/acme/open/..%2fadmin", {}, "GET", 400, "bad_request"],
    ["a target in absolute form", "http://api.example.test/tenants/acme/open", {}, "GET", 400, "bad_request"],
  ] as const)("is told about %s", async (_, uri, fields, method, status, code) => {
    const answer = await ask("/authz", about(uri, fields, method));
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
    expect(answer.headers.get("content-type")).toEqual(["application/problem+json"]);
  });

  it("is told that a scope is missing, with the challenge for the client", async () => {
    const answer = await ask("/authz", about("/tenants/acme/write", bearer()));
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")?.[0]).toContain('scope="write"');
  });

  it("counts limits like a request that is proxied", async () => {
    expect((await ask("/authz", about("/tenants/acme/open"))).status).toBe(200);
    const over = await ask("/authz", about("/tenants/acme/open"));
    expect([over.status, codeOf(over.body)]).toEqual([429, "rate_limited"]);
    expect(over.headers.has("retry-after")).toBe(true);
  });

  it.each([
    ["no method", { "X-Forwarded-Uri": "/tenants/acme/orders" }, ""],
    ["no target", { "X-Forwarded-Method": "GET" }, ""],
    ["two targets", about("/tenants/acme/open"), "X-Forwarded-Uri: /tenants/acme/orders\r\n"],
    ["two methods", about("/tenants/acme/open"), "x-forwarded-method: POST\r\n"],
    ["two hosts", about("/tenants/acme/open"), "X-FORWARDED-HOST: evil.test\r\n"],
  ])("is refused with %s: nothing is decided for a request that nobody knows", async (_, fields, more) => {
    expect((await ask("/authz", fields, more)).status).toBe(400);
  });

  it("is refused with two Authorization fields", async () => {
    const fields = bearer();
    const answer = await ask("/authz", about("/tenants/acme/orders", fields), `authorization: ${fields.Authorization}\r\n`);
    expect([answer.status, codeOf(answer.body)]).toEqual([400, "ambiguous_credential"]);
  });

  it("may not hand on an identity header of the client, which nobody could take off any more", async () => {
    for (const name of ["X-User-Roles", "x-consumer-id", "Remote_User"]) {
      const answer = await ask("/authz", about("/tenants/acme/orders", { ...bearer(), [name]: "root" }));
      expect([name, answer.status]).toEqual([name, 400]);
    }
    // Whoever looks at the figures sees them refused, too.
    const figures = await (await fetch(`http://127.0.0.1:${plane.node.adminPort}/metrics`)).text();
    expect(figures).toContain('sallyport_failures_total{code="bad_request"} 3');
  });
});

describe("nginx", () => {
  it("is told nothing but 200, 401 and 403, and the gateway's own status beside it", async () => {
    for (const [uri, told, own] of [
      ["/tenants/acme/orders", 401, "401"],
      ["/tenants/hooli/orders", 403, "404"],
      ["/tenants/acme/a//b", 403, "400"],
    ] as const) {
      const answer = await ask("/authz/nginx", about(uri));
      expect([answer.status, answer.headers.get("x-sallyport-status")]).toEqual([told, [own]]);
    }
  });
});

describe("Envoy", () => {
  it("asks with the request itself behind the prefix", async () => {
    const allowed = await ask("/authz/envoy/tenants/acme/orders?a=1", bearer());
    expect([allowed.status, allowed.headers.get("x-user-id")]).toEqual([200, ["user-1"]]);
    const refused = await ask("/authz/envoy/tenants/acme/write", bearer(), "", "DELETE");
    expect([refused.status, codeOf(refused.body)]).toEqual([405, "method_not_allowed"]);
  });

  it("is not believed when it describes another request on the way", async () => {
    const answer = await ask("/authz/envoy/tenants/acme/orders", about("/tenants/acme/open"));
    expect([answer.status, codeOf(answer.body)]).toEqual([401, "missing_token"]);
  });
});

describe("the listener", () => {
  it("knows no other paths", async () => {
    for (const path of ["/", "/authzz", "/authz/other", "/tenants/acme/open"])
      expect((await ask(path, about("/tenants/acme/open"))).status).toBe(404);
  });

  it("decides nothing for peers that are no trusted proxies", async () => {
    const stranger = await startDataPlane({ authz: true, fleet: { trustedProxies: ["203.0.113.0/24"] } });
    try {
      const bytes = `GET /authz HTTP/1.1\r\nHost: api.example.test\r\n${lines(about("/tenants/acme/open")).join("")}\r\n`;
      const answer = await rawRequest({ port: stranger.node.authzPort ?? 0, bytes });
      expect([answer.status, codeOf(answer.body)]).toEqual([403, "untrusted_peer"]);
    } finally {
      await stranger.close();
    }
  });
});
