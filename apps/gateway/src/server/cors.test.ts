import { listen, type RunningServer, rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";

const APP = "https://app.example.com";
const CORS = { origins: [APP], credentials: true };
const ROUTES = {
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" }, cors: CORS },
  app: { pathPrefix: "/app", upstream: "main", authentication: { mode: "required" }, cors: CORS },
  few: { pathPrefix: "/few", upstream: "main", authentication: { mode: "public" }, cors: CORS },
  all: { pathPrefix: "/all", upstream: "main", authentication: { mode: "public" }, cors: CORS },
  gone: { pathPrefix: "/gone", upstream: "gone", authentication: { mode: "public" }, cors: CORS },
  plain: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } },
  free: { pathPrefix: "/free", upstream: "main", authentication: { mode: "public" } },
};

describe("a route's CORS policy, at a running node", () => {
  let data: DataPlane;
  let upstream: RunningServer;
  let seen: string[] = [];

  beforeAll(async () => {
    upstream = await listen((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(200, {
        "Access-Control-Allow-Origin": "*",
        "access-control-allow-credentials": "true",
        "ACCESS-CONTROL-EXPOSE-HEADERS": "x-secret",
        Vary: "Accept-Language",
        "X-Of-Upstream": "1",
      });
      response.end("of the upstream");
    });
    data = await startDataPlane({
      authz: true,
      fleet: { trustedProxies: ["127.0.0.0/8"] },
      tenant: {
        upstream: upstream.url,
        routes: ROUTES,
        rest: {
          upstreams: { main: { url: upstream.url }, gone: { url: "http://127.0.0.1:9" } },
          rateLimitPolicies: {
            "by-address": { key: ["client_ip"], limit: 1, windowSeconds: 3_600, burst: 2, routes: ["few"] },
            "for-all": { key: ["tenant"], limit: 1, windowSeconds: 3_600, burst: 1, routes: ["all"] },
          },
        },
      },
    });
  });
  afterAll(async () => {
    await data.close();
    await upstream.close();
  });

  /** Status and fields of an answer, names in lower case and several of one name joined. */
  async function ask(path: string, fields: Readonly<Record<string, string>> = {}, method = "GET", port = data.node.dataPort) {
    const lines = Object.entries({ Host: "api.example.test", Connection: "close", ...fields }).map(([name, value]) => `${name}: ${value}\r\n`);
    const { text } = await rawRequest({ port, bytes: `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n` });
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const headers: Record<string, string> = {};
    for (const line of head.split("\r\n").slice(1)) {
      const at = line.indexOf(": ");
      const name = line.slice(0, at).toLowerCase();
      headers[name] = headers[name] === undefined ? line.slice(at + 2) : `${headers[name]}, ${line.slice(at + 2)}`;
    }
    return { status: Number(head.slice(9, 12)), headers, body };
  }
  const tenantPath = (path: string) => `/tenants/acme${path}`;
  const preflight = (path: string, origin = APP) =>
    ask(tenantPath(path), { Origin: origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization" }, "OPTIONS");

  it("answers preflights without a credential, and without the upstream; other OPTIONS go on", async () => {
    seen = [];
    const { status, headers, body } = await preflight("/app/x");
    expect([status, body, headers["content-length"]]).toEqual([204, "", undefined]);
    expect(headers).toMatchObject({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    expect(headers["x-request-id"]).toBeDefined();
    const other = await preflight("/app/x", "https://evil.example");
    expect([other.status, other.headers["access-control-allow-origin"]]).toEqual([204, undefined]);
    expect(seen).toEqual([]);
    expect((await ask(tenantPath("/open"), { Origin: APP }, "OPTIONS")).body).toContain("of the upstream");
  });

  it("treats them like any request where there is no policy", async () => {
    expect((await preflight("/elsewhere")).status).toBe(401);
    const free = await preflight("/free");
    expect([free.status, free.headers["access-control-allow-origin"]]).toEqual([200, "*"]);
  });

  it("speaks in place of the upstream in every answer, and leaves its other fields alone", async () => {
    const { headers } = await ask(tenantPath("/open"), { Origin: APP });
    expect(headers).toMatchObject({
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "retry-after, x-request-id",
      vary: "Accept-Language, Origin",
      "x-of-upstream": "1",
    });
    for (const fields of [{}, { Origin: "null" }, { Origin: "https://evil.example" }] as Record<string, string>[]) {
      const other = (await ask(tenantPath("/open"), fields)).headers;
      expect(Object.keys(other).filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(other.vary).toBe("Accept-Language, Origin");
    }
    expect((await ask(tenantPath("/free"), { Origin: APP })).headers["access-control-allow-origin"]).toBe("*");
  });

  it("is in refusals too, so that the page can read why: 401, 429 and 502", async () => {
    const readable = { "access-control-allow-origin": APP, "access-control-allow-credentials": "true", vary: "Origin" };
    const refused = await ask(tenantPath("/app"), { Origin: APP });
    expect([refused.status, refused.headers["content-type"]]).toEqual([401, "application/problem+json"]);
    expect(refused.headers).toMatchObject(readable);
    const gone = await ask(tenantPath("/gone"), { Origin: APP });
    expect(gone.status).toBe(502);
    expect(gone.headers).toMatchObject(readable);
    await ask(tenantPath("/all"), { Origin: APP });
    const limited = await ask(tenantPath("/all"), { Origin: APP });
    expect(limited.status).toBe(429);
    expect(limited.headers).toMatchObject({ ...readable, "access-control-expose-headers": "retry-after, x-request-id" });
    expect((await ask(tenantPath("/app"), { Origin: "https://evil.example" })).headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("lets preflights count for the limits of their address, and for no other", async () => {
    for (let count = 0; count < 3; count += 1) expect((await preflight("/all")).status).toBe(204);
    expect([(await preflight("/few")).status, (await preflight("/few")).status]).toEqual([204, 204]);
    const limited = await preflight("/few");
    expect(limited.status).toBe(429);
    expect(limited.headers["access-control-allow-origin"]).toBe(APP);
  });

  it("counts a preflight by its name, and in the tenant's activity as allowed", async () => {
    const counted = async () =>
      Number(
        /sallyport_requests_total\{result="preflight"\} (\d+)/.exec(
          await (await fetch(`http://127.0.0.1:${data.node.adminPort}/metrics`)).text(),
        )?.[1] ?? 0,
      );
    const before = await counted();
    await preflight("/app/counted");
    expect(await counted()).toBe(before + 1);
    const told = () => [...data.plane.batches.values()].flatMap(({ counts }) => counts);
    await eventually("the route's decisions are told", () => told().some(({ route, result }) => route === "app" && result === "allow"));
    expect(told().map(({ result }) => result)).not.toContain("preflight");
  });

  it("in decision mode answers no preflight in another proxy's place, and is in refusals", async () => {
    const asked = { "X-Forwarded-Uri": tenantPath("/app"), "X-Forwarded-Host": "api.example.test", Origin: APP };
    const port = data.node.authzPort ?? 0;
    const question = await ask("/authz", { ...asked, "X-Forwarded-Method": "OPTIONS", "Access-Control-Request-Method": "GET" }, "GET", port);
    expect([question.status, question.headers["x-sallyport-code"]]).toEqual([401, "missing_token"]);
    const refused = await ask("/authz", { ...asked, "X-Forwarded-Method": "GET" }, "GET", port);
    expect(refused.headers).toMatchObject({ "access-control-allow-origin": APP, "x-sallyport-code": "missing_token" });
  });
});
