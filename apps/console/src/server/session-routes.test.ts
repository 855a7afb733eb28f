import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST as redeem } from "@/app/api/session/redeem/route";
import { DELETE, POST } from "@/app/api/session/route";
import { sessionCookie } from "@/server/http/session-cookie";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, PASSWORD, PUBLIC_URL, startConsoleFixture } from "@/server/testing/console-fixture";

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
});
afterAll(() => fixture.close());

const OWN_PAGE = { host: "localhost:3000", origin: PUBLIC_URL, "sec-fetch-site": "same-origin", "content-type": "application/json" };
const request = (method: string, body: unknown, headers: Record<string, string> = {}): Request =>
  new Request(`${PUBLIC_URL}/api/session`, {
    method,
    headers: { ...OWN_PAGE, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
const whoIs = async (cookie: string) =>
  ((await callTrpc({ type: "query", path: "session.current", cookie })).data as { person: { email: string } } | null)?.person.email;

test("signing in gives a __Host- cookie that scripts cannot read, and a page of this site to go to", async () => {
  const response = await POST(request("POST", { email: "admin@example.com", password: PASSWORD, returnTo: "/tenants/acme" }));
  expect(response.status).toBe(200);
  expect(response.headers.get("set-cookie")).toMatch(/^__Host-sallyport=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toMatchObject({ person: { email: "admin@example.com" }, returnTo: "/tenants/acme" });
  expect(await whoIs(cookieOf(response))).toBe("admin@example.com");
});

test("without a page to come back to, a reviewer is sent to the alerts and everybody else to the overview", async () => {
  const pageOf = async (email: string) =>
    ((await (await POST(request("POST", { email, password: PASSWORD }))).json()) as { returnTo: string }).returnTo;
  expect(await pageOf("security.reviewer@example.com")).toBe("/alerts");
  expect(await pageOf("operator@example.com")).toBe("/");
});

test("a session planted before signing in is not the one after, and is ended", async () => {
  const planted = cookieOf(await POST(request("POST", { email: "viewer@example.com", password: PASSWORD })));
  const response = await POST(request("POST", { email: "admin@example.com", password: PASSWORD }, { cookie: planted }));
  expect(cookieOf(response)).not.toBe(planted);
  expect(await whoIs(planted)).toBeUndefined();
});

test("a wrong password and an unknown address get the same answer", async () => {
  const answers = await Promise.all(
    ["admin@example.com", "nobody@example.com"].map(async (email) => {
      const response = await POST(request("POST", { email, password: "wrong and long enough" }));
      return { status: response.status, cookie: response.headers.get("set-cookie"), ...((await response.json()) as object), request_id: null };
    }),
  );
  expect(answers[0]).toMatchObject({ status: 401, cookie: null, code: "unauthenticated" });
  expect(answers[0]).toEqual(answers[1]);
});

test("signing out ends the session on the server and clears the cookie", async () => {
  const cookie = cookieOf(await POST(request("POST", { email: "operator@example.com", password: PASSWORD })));
  expect(await whoIs(cookie)).toBe("operator@example.com");
  const response = await DELETE(request("DELETE", undefined, { cookie }));
  expect(response.status).toBe(204);
  expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
  expect(await whoIs(cookie)).toBeUndefined();
});

test("a one-time link works once", async () => {
  const scope = await fixture.cp.access.fleet(fixture.admin.actor, "people.write");
  const { token } = await fixture.cp.people.invite(scope, {
    email: "new@example.com",
    displayName: "New",
    roles: [{ role: "viewer", tenant: null }],
  });
  const body = { token, email: "new@example.com", displayName: "New", password: PASSWORD };
  const first = await redeem(request("POST", body));
  expect(first.status).toBe(201);
  expect(await whoIs(cookieOf(first))).toBe("new@example.com");
  const second = await redeem(request("POST", body));
  expect(second.ok).toBe(false);
  expect(second.headers.get("set-cookie")).toBeNull();
});

describe("requests that another site made the browser send are refused", () => {
  const FORGED: readonly (readonly [string, Record<string, string>])[] = [
    ["another origin", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["a sibling subdomain", { origin: "https://other.console.example", "sec-fetch-site": "same-site" }],
    ["an opaque origin", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["a matching Origin with a foreign Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }],
    ["another port of the same host", { origin: "http://localhost:4000", "sec-fetch-site": "same-site" }],
    ["another origin and no Sec-Fetch-Site", { origin: "https://evil.example", "sec-fetch-site": "" }],
    ["an origin that only begins like ours", { origin: `${PUBLIC_URL}.evil.example`, "sec-fetch-site": "" }],
  ];
  const sent = (headers: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries({ ...OWN_PAGE, cookie: fixture.admin.cookie, ...headers }).filter(([, value]) => value !== ""));

  test.each(FORGED)("%s", async (_name, headers) => {
    const init = { headers: sent(headers), method: "POST", body: "{}" };
    expect((await POST(new Request(`${PUBLIC_URL}/api/session`, init))).status).toBe(403);
    expect((await DELETE(new Request(`${PUBLIC_URL}/api/session`, { ...init, method: "DELETE" }))).status).toBe(403);
    const mutation = await callTrpc({ type: "mutation", path: "tenants.suspend", input: { slug: "acme", version: 1 }, headers: sent(headers) });
    expect(mutation.status).toBe(403);
    expect(await whoIs(fixture.admin.cookie)).toBe("admin@example.com");
  });

  test("no Origin at all", async () => {
    const { origin: _origin, ...headers } = OWN_PAGE;
    const init = { method: "POST", headers: { ...headers, cookie: fixture.admin.cookie }, body: "{}" };
    expect((await POST(new Request(`${PUBLIC_URL}/api/session`, init))).status).toBe(403);
  });
});

test.each([
  ["a form", 415, "email=a&password=b", { "content-type": "application/x-www-form-urlencoded" }],
  ["plain text", 415, "{}", { "content-type": "text/plain" }],
  ["malformed JSON", 400, "{", {}],
  ["too much", 413, JSON.stringify({ email: "a", password: "x".repeat(20_000) }), {}],
  ["unknown members", 422, JSON.stringify({ email: "a@b", password: "x", role: "platform_admin" }), {}],
  ["nothing", 422, undefined, {}],
])("%s is refused with %i", async (_name, status, body, headers) => {
  const response = await POST(request("POST", body, headers));
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("set-cookie")).toBeNull();
});

test("of two session cookies none is taken", () => {
  expect(sessionCookie.tokenOf(new Headers({ cookie: `__Host-sallyport=${"a".repeat(43)}; __Host-sallyport=${"b".repeat(43)}` }))).toBeNull();
});
