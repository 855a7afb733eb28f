import type { StateStore } from "@sallyport/state-store";
import { type PostgresServer, startPostgresServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "../testing/browser.js";
import { eventually } from "../testing/gateway.js";
import { openStore } from "../testing/open-store.js";
import { ACME, CLIENT_SECRET, GLOBEX, type SessionFleet, startSessionFleet } from "../testing/session-fleet.js";
import { digestOfId, newOpaqueId } from "./opaque-id.js";

const HOST = new URL(ACME).host;
const COOKIE = "__Host-sallyport-acme";
const API = { headers: { accept: "application/json" } };

let postgres: PostgresServer;
let fleet: SessionFleet;
let store: StateStore;
beforeAll(async () => {
  postgres = await startPostgresServer();
  const url = postgres.url();
  fleet = await startSessionFleet(url);
  store = await openStore(url);
}, 120_000);
afterAll(async () => {
  await store?.close();
  await fleet?.close();
  await postgres?.close();
});

const codeOf = ({ body }: Page): unknown => (JSON.parse(body) as { code?: unknown }).code;
const seenBy = ({ body }: Page): Record<string, string> => {
  const { headers } = JSON.parse(body) as { headers: string[] };
  return Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1] ?? ""]] : [])));
};
const sessionOf = (browser: Browser): string => browser.cookie(HOST, COOKIE) ?? "";

describe("a person with a browser", () => {
  it("is sent to the identity provider, comes back to the page that was asked for, and is known to the upstream", async () => {
    const browser = fleet.browser();
    const asked = await browser.open(`${ACME}/orders?page=2&q=a%20b`);
    expect(asked.url.startsWith(fleet.providers.acme.issuer)).toBe(true);
    const page = await browser.signIn(asked, "ada");
    expect([page.status, page.url]).toEqual([200, `${ACME}/orders?page=2&q=a%20b`]);
    const seen = seenBy(page);
    expect(seen).toMatchObject({
      "x-user-id": "ada",
      "x-user-email": "ada@example.test",
      "x-tenant-id": "acme",
      "x-token-issuer": fleet.providers.acme.issuer,
    });
    expect(seen["x-session-id"]).toMatch(/.{20,}/);
    const id = sessionOf(browser);
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(page.body).not.toContain(id);
    expect(JSON.stringify(seen)).not.toContain("__Host-sallyport");
    const line = browser.setCookies.find((each) => each.startsWith(COOKIE)) ?? "";
    expect(line.slice(line.indexOf(";"))).toBe("; Path=/; Secure; HttpOnly; SameSite=Lax");
  });

  it("is known at every node, and signed out at every node with the next request", async () => {
    const browser = await fleet.signedIn();
    for (const node of [fleet.two, fleet.one, fleet.two]) {
      browser.port = node.dataPort;
      expect((await browser.visit(`${ACME}/api`, API)).status).toBe(200);
    }
    const id = sessionOf(browser);
    const left = await browser.open(`${ACME}/.sallyport/logout`, { method: "POST", headers: { origin: ACME, "sec-fetch-site": "same-origin" } });
    expect(left.url.startsWith(`${fleet.providers.acme.issuer}/session/end`)).toBe(true);
    expect(sessionOf(browser)).toBe("");
    for (const node of [fleet.one, fleet.two]) {
      const thief = fleet.browser();
      thief.port = node.dataPort;
      thief.cookies.set(`${HOST} ${COOKIE}`, id);
      const answer = await thief.visit(`${ACME}/api`, API);
      expect([answer.status, codeOf(answer)]).toEqual([401, "session_not_found"]);
      expect(thief.cookies.has(`${HOST} ${COOKIE}`)).toBe(false);
    }
    // At the provider too: after its own question, the browser is back on the start page.
    const action = /action="([^"]+)"/.exec(left.body)?.[1] ?? "";
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(left.body)?.[1] ?? "";
    const back = await browser.open(action, { method: "POST", form: { xsrf, logout: "yes" }, stopAt: ACME });
    expect(back.url).toMatch(new RegExp(`^${ACME}/(?:\\?|$)`));
  });

  it("gets a new id with each login, and the one before ends: what an attacker planted is worth nothing", async () => {
    const browser = fleet.browser();
    const planted = newOpaqueId();
    browser.cookies.set(`${HOST} ${COOKIE}`, planted);
    await browser.signIn(await browser.open(`${ACME}/.sallyport/login?return_to=/open`), "ada");
    const first = sessionOf(browser);
    expect(first).not.toBe(planted);
    await browser.open(`${ACME}/.sallyport/login?return_to=/open`);
    const second = sessionOf(browser);
    expect([second === first, second.length]).toEqual([false, 43]);
    expect(await store.sessions.get("acme", digestOfId(planted))).toEqual({ state: "unknown" });
    expect(await store.sessions.get("acme", digestOfId(first))).toEqual({ state: "unknown" });
    expect((await store.sessions.get("acme", digestOfId(second))).state).toBe("live");
  });

  it("is ended by an operator: one session, all of a person, all of a tenant", async () => {
    const [one, two] = [await fleet.signedIn(), await fleet.signedIn()];
    const status = async (browser: Browser) => (await browser.visit(`${ACME}/api`, API)).status;
    await store.sessions.remove("acme", digestOfId(sessionOf(one)));
    expect([await status(one), await status(two)]).toEqual([401, 200]);
    expect(await store.sessions.removeOfSubject("acme", { identityProvider: "main", subject: "ada" })).toBeGreaterThanOrEqual(1);
    expect(await status(two)).toBe(401);
    const three = await fleet.signedIn();
    await store.sessions.removeOfTenant("globex");
    expect(await status(three)).toBe(200);
    await store.sessions.removeOfTenant("acme");
    expect(await status(three)).toBe(401);
  });

  it("is signed out by the identity provider's back-channel call", async () => {
    const browser = await fleet.signedIn();
    const other = await fleet.signedIn();
    expect((await browser.visit(`${ACME}/api`, API)).status).toBe(200);
    const end = await browser.open(`${fleet.providers.acme.issuer}/session/end`);
    const action = /action="([^"]+)"/.exec(end.body)?.[1] ?? "";
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(end.body)?.[1] ?? "";
    await browser.open(action, { method: "POST", form: { xsrf, logout: "yes" } });
    await eventually("the session is over", async () => (await browser.visit(`${ACME}/api`, API)).status === 401, 5_000);
    expect((await other.visit(`${ACME}/api`, API)).status).toBe(200);
  });
});

describe("each refusal of BEHAVIOUR 3c", () => {
  const withCookie = async (value: string, path = "/api"): Promise<{ page: Page; browser: Browser }> => {
    const browser = fleet.browser();
    browser.cookies.set(`${HOST} ${COOKIE}`, value);
    return { page: await browser.visit(`${ACME}${path}`, API), browser };
  };

  it("no_session: an API client is told, with a challenge, and keeps what it has", async () => {
    const page = await fleet.browser().visit(`${ACME}/api`, API);
    expect([page.status, codeOf(page)]).toEqual([401, "no_session"]);
    expect(page.headers["www-authenticate"]).toBe('Session realm="acme"');
    expect(page.headers["set-cookie"]).toBeUndefined();
  });

  it("invalid_session_format and session_not_found: the cookie is cleared", async () => {
    for (const [value, code] of [
      ["short", "invalid_session_format"],
      [`"${newOpaqueId()}"`, "invalid_session_format"],
      [newOpaqueId(), "session_not_found"],
    ] as const) {
      const { page } = await withCookie(value);
      expect([page.status, codeOf(page)]).toEqual([401, code]);
      expect(page.headers["set-cookie"]).toBe(`${COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`);
    }
  });

  it("session_expired: told apart from one that never was, and the cookie is cleared", async () => {
    const id = newOpaqueId();
    const session = { identityProvider: "main", issuer: fleet.providers.acme.issuer, subject: "ada", idpSession: null };
    await store.sessions.create(
      "acme",
      digestOfId(id),
      { ...session, data: JSON.stringify({ claims: { sub: "ada" }, scopes: [] }) },
      { idleMs: 1, absoluteMs: 5_000 },
    );
    await eventually("it expires", async () => (await store.sessions.get("acme", digestOfId(id))).state === "expired");
    const { page, browser } = await withCookie(id);
    expect([page.status, codeOf(page)]).toEqual([401, "session_expired"]);
    expect(browser.cookies.size).toBe(0);
    const html = await fleet.browser().visit(`${ACME}/page?x=1`, { headers: { cookie: `${COOKIE}=${id}` } });
    expect([html.status, html.headers.location]).toEqual([302, "/.sallyport/login?idp=main&return_to=%2Fpage%3Fx%3D1"]);
  });

  it("two session cookies are ambiguous, also when they agree", async () => {
    const id = sessionOf(await fleet.signedIn());
    const page = await fleet.browser().visit(`${ACME}/api`, { headers: { accept: "*/*", cookie: `${COOKIE}=${id}; ${COOKIE}=${id}` } });
    expect([page.status, codeOf(page)]).toEqual([400, "ambiguous_credential"]);
  });

  it("only a GET for a page is redirected, and only where the route says so", async () => {
    for (const [path, headers, method] of [
      ["/page", { accept: "application/json" }, "GET"],
      ["/page", { accept: "*/*" }, "GET"],
      ["/page", { accept: "text/html;q=0" }, "GET"],
      ["/page", { accept: "text/html" }, "POST"],
      ["/api", { accept: "text/html" }, "GET"],
    ] as const) {
      expect([path, headers, method, (await fleet.browser().visit(`${ACME}${path}`, { headers, method })).status]).toEqual([
        path,
        headers,
        method,
        401,
      ]);
    }
  });
});

describe("a session", () => {
  it("of one tenant never works at another, under whichever name", async () => {
    const id = sessionOf(await fleet.signedIn());
    for (const [name, code] of [
      [COOKIE, "no_session"],
      ["__Host-sallyport-globex", "session_not_found"],
    ] as const) {
      const page = await fleet.browser().visit(`${GLOBEX}/api`, { headers: { accept: "*/*", cookie: `${name}=${id}` } });
      expect([page.status, codeOf(page)]).toEqual([401, code]);
    }
  });

  it("does not exist where the path names the tenant: others share that origin", async () => {
    const id = sessionOf(await fleet.signedIn());
    const page = await fleet.browser().visit("https://other.test/tenants/acme/api", { headers: { accept: "*/*", cookie: `${COOKIE}=${id}` } });
    expect([page.status, codeOf(page)]).toEqual([401, "no_session"]);
    for (const path of ["login", "callback", "logout"]) {
      expect((await fleet.browser().visit(`https://other.test/tenants/acme/.sallyport/${path}`)).status).toBe(404);
      expect((await fleet.browser().visit(`https://other.test/.sallyport/${path}`)).status).toBe(400);
    }
  });

  it("does not speak for a page of another tenant's subdomain, which a browser calls the same site", async () => {
    const browser = await fleet.signedIn();
    const post = (headers: Record<string, string>) =>
      browser.visit(`${ACME}/api`, { method: "POST", form: { a: "1" }, headers: { accept: "*/*", ...headers } });
    expect((await post({ origin: ACME })).status).toBe(200);
    expect((await post({})).status).toBe(200);
    for (const headers of [
      { origin: GLOBEX },
      { origin: "null" },
      { "sec-fetch-site": "same-site" },
      { origin: `${ACME}.evil.test` },
      { origin: `${ACME}:8443` },
    ]) {
      const page = await post(headers);
      expect([headers, page.status, codeOf(page)]).toEqual([headers, 401, "no_session"]);
    }
    expect(sessionOf(browser)).not.toBe("");
  });

  it("goes on to the upstream only where the policy passes it through; other cookies always do, byte for byte", async () => {
    const id = sessionOf(await fleet.signedIn());
    const ask = async (path: string, cookie: string) =>
      seenBy(await fleet.browser().visit(`${ACME}${path}`, { headers: { accept: "*/*", cookie } })).cookie;
    expect(await ask("/api", `a=1; ${COOKIE}=${id};b="x y"`)).toBe('a=1;b="x y"');
    expect(await ask("/api", `${COOKIE}=${id}`)).toBeUndefined();
    expect(await ask("/open", `${COOKIE}=${id}; a=1; __Host-sallyport.login=${id}`)).toBe("a=1");
    expect(await ask("/through", `a=1; ${COOKIE}=${id}; __Host-sallyport.login=${id}`)).toBe(`a=1; ${COOKIE}=${id}`);
  });

  it("stands beside a token where all are asked for, and alone where the first counts", async () => {
    const id = sessionOf(await fleet.signedIn());
    const ask = (path: string, headers: Record<string, string>) =>
      fleet.browser().visit(`${ACME}${path}`, { headers: { accept: "*/*", ...headers } });
    const cookie = `${COOKIE}=${id}`;
    const authorization = `Bearer ${fleet.token()}`;
    expect(seenBy(await ask("/api", { authorization }))["x-user-id"]).toBe("robot");
    expect(seenBy(await ask("/api", { authorization, cookie }))["x-user-id"]).toBe("ada");
    expect(seenBy(await ask("/both", { authorization, cookie }))["x-user-id"]).toBe("ada");
    expect(codeOf(await ask("/both", { cookie }))).toBe("missing_token");
    expect(codeOf(await ask("/both", { authorization }))).toBe("no_session");
    expect((await ask("/optional", {})).status).toBe(200);
    expect(seenBy(await ask("/optional", { cookie }))["x-user-id"]).toBe("ada");
    expect(codeOf(await ask("/optional", { cookie: `${COOKIE}=${newOpaqueId()}` }))).toBe("session_not_found");
  });

  it("is extended when it is used, at most once in its time, and not by a refused request", async () => {
    await fleet.publish({ fleet: { sessions: { idleSeconds: 3_600, absoluteSeconds: 7_200, extendEverySeconds: 1 } } });
    const id = sessionOf(await fleet.signedIn());
    const read = async () => {
      const found = await store.sessions.get("acme", digestOfId(id));
      if (found.state !== "live") throw new Error(found.state);
      return found.session;
    };
    const made = await read();
    const use = () => Promise.all([fleet.one, fleet.two].flatMap(({ dataPort }) => [0, 1, 2].map(() => visitAt(dataPort, id))));
    await use();
    expect((await read()).extendedAtMs).toBe(made.extendedAtMs);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await use();
    const extended = await eventually("it is extended", async () => {
      const now = await read();
      return now.extendedAtMs > made.extendedAtMs ? now : null;
    });
    expect(extended.expiresAtMs - extended.extendedAtMs).toBe(3_600_000);
    await use();
    expect((await read()).extendedAtMs).toBe(extended.extendedAtMs);
    await fleet.publish();
  });

  const visitAt = async (port: number, id: string): Promise<Page> => {
    const browser = fleet.browser();
    browser.port = port;
    return browser.visit(`${ACME}/api`, { headers: { accept: "*/*", cookie: `${COOKIE}=${id}` } });
  };

  it("falls with its identity provider: disabled, gone, with another issuer, or with a tenant claim that it does not have", async () => {
    const id = sessionOf(await fleet.signedIn());
    const ask = async () => codeOf(await visitAt(fleet.one.dataPort, id));
    const login = { client: { method: "client_secret_basic", clientId: "sallyport", secret: "login" } };
    const main = { issuer: fleet.providers.acme.issuer, audiences: ["x"], login };
    for (const [idps, code] of [
      [{ main: { ...main, status: "disabled" } }, "session_not_found"],
      [{ other: main }, "session_not_found"],
      [{ main: { ...main, issuer: "https://elsewhere.example" } }, "session_not_found"],
      [{ main: { ...main, tenantClaim: { claim: "org", value: "acme" } } }, "invalid_claims"],
      [{ main: { ...main, tenantClaim: { claim: "tenant_id", value: "acme-2" } } }, "tenant_mismatch"],
    ] as const) {
      await fleet.publish({ acme: { identityProviders: idps } });
      expect([Object.keys(idps), await ask()]).toEqual([Object.keys(idps), code]);
    }
    await fleet.publish();
    expect((await visitAt(fleet.one.dataPort, id)).status).toBe(200);
  });

  it("leaves neither its id nor the client's secret in events, logs of refusals or the store", async () => {
    const id = sessionOf(await fleet.signedIn());
    const page = await store.sessions.list("acme", { limit: 1_000 });
    expect(page.sessions.map(({ digest }) => digest)).toContain(digestOfId(id));
    expect(JSON.stringify(page)).not.toContain(id);
    const told = JSON.stringify([...fleet.plane.events.values(), ...fleet.plane.beats]);
    expect(told).not.toContain(id);
    expect(told).not.toContain(CLIENT_SECRET);
  });
});
