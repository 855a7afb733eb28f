import { PORTAL_INTENTS, type PortalIntent, ROLES } from "@sallyport/control-plane";
import { createTestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DELETE, POST } from "@/app/api/portal/session/route";
import { PORTAL_COOKIE, SESSION_COOKIE } from "@/server/http/session-cookie";
import type { PortalAccess } from "@/server/portal/init";
import { portalRouter } from "@/server/portal/root";
import { REST_TABLE } from "@/server/rest/table";
import { callRest } from "@/server/testing/call-rest";
import { callTrpc } from "@/server/testing/call-trpc";
import { type ConsoleFixture, PUBLIC_URL, startConsoleFixture } from "@/server/testing/console-fixture";
import { appRouter } from "@/server/trpc/root";

interface Procedures {
  readonly _def: { readonly procedures: object };
}
const proceduresOf = (router: Procedures) =>
  Object.entries(router._def.procedures as Record<string, { _def: { type: "query" | "mutation"; meta: { access: unknown } } }>).map(
    ([path, { _def }]) => ({ path, type: _def.type, access: _def.meta.access }),
  );
const portal = proceduresOf(portalRouter).map((procedure) => ({ ...procedure, access: procedure.access as PortalAccess }));

let fixture: ConsoleFixture;
const sessions = new Map<PortalIntent, string>();
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
  for (const intent of PORTAL_INTENTS) sessions.set(intent, await enter(await invite("acme", [intent])));
});
afterAll(() => fixture.close());

const OWN_PAGE = { host: "localhost:3000", origin: PUBLIC_URL, "sec-fetch-site": "same-origin", "content-type": "application/json" };
const request = (method: string, body?: unknown, headers: Record<string, string> = {}): Request =>
  new Request(`${PUBLIC_URL}/api/portal/session`, {
    method,
    headers: { ...OWN_PAGE, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
const tokenOf = (cookie: string): string => cookie.split("=")[1] ?? "";

async function invite(slug: string, intents: PortalIntent[]): Promise<string> {
  const scope = await fixture.cp.access.tenant(fixture.admin.actor, slug, "portal.write");
  const { link } = await fixture.cp.portalInvitations.create(scope, { recipient: "Art Vandelay", intents });
  return link.split("#")[1] ?? "";
}
/** @returns the `Cookie` value */
async function enter(token: string): Promise<string> {
  const response = await POST(request("POST", { token }));
  expect(response.status).toBe(201);
  return cookieOf(response);
}
const whoIs = (cookie: string) => callTrpc({ type: "query", path: "setup.read", cookie, portal: true });

describe("the link", () => {
  test("gives a __Host- cookie of its own name, once, and to this site's own pages only", async () => {
    const token = await invite("acme", ["test"]);
    const others: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "content-type": "text/plain" },
    ];
    for (const headers of others) expect((await POST(request("POST", { token }, headers))).headers.has("set-cookie")).toBe(false);
    const response = await POST(request("POST", { token }));
    expect(response.headers.get("set-cookie")).toMatch(/^__Host-sallyport_portal=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await whoIs(cookieOf(response))).data).toMatchObject({ path: "/tenants/acme/" });
    const again = await POST(request("POST", { token }));
    expect([again.status, again.headers.get("set-cookie")]).toEqual([409, null]);
  });

  test("ends the session that the browser had before, and leaving ends this one", async () => {
    const before = await enter(await invite("globex", ["test"]));
    const response = await POST(request("POST", { token: await invite("acme", ["test"]) }, { cookie: before }));
    expect((await whoIs(before)).status).toBe(401);
    const left = await DELETE(request("DELETE", undefined, { cookie: cookieOf(response) }));
    expect([left.status, left.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect((await whoIs(cookieOf(response))).status).toBe(401);
  });
});

describe("a session of the portal is refused by everything that is not the portal's", () => {
  const disguises = (): string[] => {
    const cookie = String(sessions.get("identity_provider"));
    return [cookie, `${SESSION_COOKIE}=${tokenOf(cookie)}`];
  };

  test.each(proceduresOf(appRouter).filter(({ access }) => access !== "public"))("procedure $path", async ({ path, type }) => {
    for (const cookie of disguises()) {
      const { status, error } = await callTrpc({ type, path, input: { slug: "acme" }, cookie });
      expect([status, error?.problem.code]).toEqual([401, "unauthenticated"]);
    }
  });

  test("what is open to everybody tells it nothing", async () => {
    for (const cookie of disguises()) expect((await callTrpc({ type: "query", path: "session.current", cookie })).data).toBeNull();
  });

  test.each(REST_TABLE.filter(({ access }) => access !== "public"))("$method $path", async ({ method, path }) => {
    const at = path.replace("{slug}", "acme").replace(/\{\w+\}/g, "1");
    const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
    const [cookie = ""] = disguises();
    for (const caller of [{ headers: { cookie } }, { token: tokenOf(cookie) }, { token: `spt_${tokenOf(cookie)}` }])
      expect((await callRest({ method, path: at, ...body, ...caller })).status).toBe(401);
  });
});

describe.each(portal)("the portal's $path", ({ path, type, access }) => {
  test("is 401 without a session of the portal, whoever asks", async () => {
    const [cookie = ""] = [...sessions.values()];
    const strangers = [undefined, `${PORTAL_COOKIE}=${"A".repeat(43)}`, `${cookie}; ${cookie}`];
    for (const role of ROLES) strangers.push(fixture.byRole[role].cookie, `${PORTAL_COOKIE}=${fixture.byRole[role].sessionToken}`);
    for (const stranger of strangers) {
      const { status } = await callTrpc({ type, path, input: {}, portal: true, ...(stranger ? { cookie: stranger } : {}) });
      expect(status).toBe(401);
    }
  });

  test("is there for those who were invited for it, and for nobody else", async () => {
    for (const [intent, cookie] of sessions) {
      const { status, error } = await callTrpc({ type, path, input: {}, cookie, portal: true });
      if (access !== "everybody" && !access.includes(intent))
        expect([status, error?.message]).toEqual([404, "There is no such page, or it is not yours to see."]);
      else expect([200, 422], `${intent}: ${status}`).toContain(status);
    }
  });

  test("takes no tenant: the session says which", async () => {
    const [cookie = ""] = [...sessions.values()];
    const { data, error } = await callTrpc({ type, path, input: { slug: "globex", tenant: "globex" }, cookie, portal: true });
    expect(JSON.stringify(data)).not.toContain("globex");
    expect(error?.problem.code).not.toBe("unknown");
  });
});

test("the portal's procedures and the console's have no name in common", () => {
  const nouns = (router: Procedures): string[] => proceduresOf(router).map(({ path }) => path.split(".")[0] ?? "");
  const console = new Set(nouns(appRouter));
  expect(nouns(portalRouter).filter((noun) => console.has(noun))).toEqual([]);
});
