import { listen, type PostgresServer, startPostgresServer } from "@sallyport/testkit";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, type Page } from "../testing/browser.js";
import { ACME, GLOBEX, type SessionFleet, startSessionFleet } from "../testing/session-fleet.js";

const HOST = new URL(ACME).host;
const COOKIE = "__Host-sallyport-acme";
const LOGIN_COOKIE = "__Host-sallyport.login";

let postgres: PostgresServer;
let fleet: SessionFleet;
beforeAll(async () => {
  postgres = await startPostgresServer();
  fleet = await startSessionFleet(postgres.url());
}, 120_000);
afterAll(async () => {
  await fleet?.close();
  await postgres?.close();
});

const codeOf = ({ body }: Page): unknown => (JSON.parse(body) as { code?: unknown }).code;
const login = (browser: Browser, query = ""): Promise<Page> => browser.visit(`${ACME}/.sallyport/login${query}`);
/** A login as far as the answer of the IdP, which the browser has not yet followed. */
const answered = async (browser: Browser): Promise<string> => {
  const page = await browser.open(`${ACME}/.sallyport/login?return_to=/open`, { stopAt: `${ACME}/.sallyport/callback` });
  const back = page.url.startsWith(ACME) ? page : await browser.signIn(page, "ada", { stopAt: `${ACME}/.sallyport/callback` });
  expect(back.url).toContain("/.sallyport/callback?");
  return back.url;
};
const changed = (url: string, change: (query: URLSearchParams) => void): string => {
  const result = new URL(url);
  change(result.searchParams);
  return result.href;
};

describe("the way to the identity provider", () => {
  it("asks for a code with PKCE, state and nonce, for the exact redirect URI, and binds the login to the browser", async () => {
    const browser = fleet.browser();
    const page = await login(browser, "?return_to=/orders");
    expect(page.status).toBe(302);
    const url = new URL(String(page.headers.location));
    expect(`${url.origin}`).toBe(fleet.providers.acme.issuer);
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      ...{ response_type: "code", client_id: "sallyport", redirect_uri: `${ACME}/.sallyport/callback`, scope: "email openid profile" },
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(query[name]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set([query.state, query.nonce, query.code_challenge]).size).toBe(3);
    expect(browser.setCookies).toEqual([
      expect.stringMatching(new RegExp(`^${LOGIN_COOKIE}=[A-Za-z0-9_-]{43}; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax$`)),
    ]);
    expect(page.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  });

  it("exists only below the tenant's host, by its own method, and is nobody else's to serve", async () => {
    const browser = fleet.browser();
    for (const [path, status, method] of [
      ["/.sallyport/login", 405, "POST"],
      ["/.sallyport/callback", 405, "POST"],
      ["/.sallyport/logout", 405, "GET"],
      ["/.sallyport/backchannel-logout", 405, "GET"],
      ["/.sallyport", 404, "GET"],
      ["/.sallyport/", 404, "GET"],
      ["/.sallyport/loginx", 404, "GET"],
      ["/.sallyport/login/", 404, "GET"],
      ["/.sallyport;a/login", 404, "GET"],
      ["/.sallyport/open", 404, "GET"],
    ] as const) {
      const page = await browser.visit(`${ACME}${path}`, { method });
      expect([path, method, page.status]).toEqual([path, method, status]);
    }
    const before = fleet.upstream.requestCount();
    for (const path of ["/.sallyport/x", "/.sallyport"])
      await browser.visit(`${ACME}${path}`, { headers: { authorization: `Bearer ${fleet.token()}` } });
    expect(fleet.upstream.requestCount()).toBe(before);
  });

  it("is 404 where nobody can sign in, and refuses an identity provider that is not one of the tenant's", async () => {
    expect(codeOf(await login(fleet.browser(), "?idp=jwt"))).toBe("login_failed");
    expect(codeOf(await login(fleet.browser(), "?idp=main&idp=main"))).toBe("login_failed");
    expect(codeOf(await login(fleet.browser(), "?idp=constructor"))).toBe("login_failed");
    await fleet.publish({ acme: { identityProviders: {}, routes: {} } });
    for (const path of ["login", "callback", "logout", "backchannel-logout"]) {
      expect((await fleet.browser().visit(`${ACME}/.sallyport/${path}`)).status).toBe(404);
    }
    await fleet.publish();
  });

  it("is limited for each address: begun logins take room in the store", async () => {
    const browser = new Browser(fleet.one.dataPort, "203.0.113.77");
    const pages = [];
    for (let count = 0; count < 7; count += 1) pages.push(await login(browser));
    expect(pages.map(({ status }) => status)).toEqual([302, 302, 302, 302, 302, 429, 429]);
    expect((await login(fleet.browser())).status).toBe(302);
    // Of IPv6 a whole /64 is one subscriber's.
    const subscriber = [];
    for (let count = 1; count <= 6; count += 1) subscriber.push(await login(new Browser(fleet.one.dataPort, `2001:db8:1:2::${count}`)));
    expect(subscriber.map(({ status }) => status)).toEqual([302, 302, 302, 302, 302, 429]);
  });

  it.each(["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d%0aX: y", "/.sallyport/logout"])(
    "comes back to the start page from %j",
    async (target) => {
      const browser = fleet.browser();
      const page = await browser.signIn(await browser.open(`${ACME}/.sallyport/login?return_to=${encodeURIComponent(target)}`), "ada");
      expect([page.status, page.url]).toEqual([200, `${ACME}/`]);
    },
  );
});

describe("the answer of the identity provider", () => {
  it("counts once: the same answer again makes no session", async () => {
    const browser = fleet.browser();
    const url = await answered(browser);
    expect((await browser.visit(url)).status).toBe(303);
    browser.cookies.delete(`${HOST} ${COOKIE}`);
    const again = await browser.visit(url);
    expect([again.status, codeOf(again), browser.cookie(HOST, COOKIE)]).toEqual([400, "login_failed", undefined]);
  });

  it("counts for the browser that began the login only: nobody is signed in as somebody else by a link", async () => {
    const attacker = fleet.browser();
    const url = await answered(attacker);
    const victim = fleet.browser();
    await login(victim);
    expect(codeOf(await victim.visit(url))).toBe("login_failed");
    expect(victim.cookie(HOST, COOKIE)).toBeUndefined();
    // Whoever tried has used it up.
    expect(codeOf(await attacker.visit(url))).toBe("login_failed");
  });

  it("counts in any tab of that browser", async () => {
    const browser = fleet.browser();
    const first = await login(browser, "?return_to=/open/1");
    await login(browser, "?return_to=/open/2");
    const page = await browser.signIn(await browser.open(String(first.headers.location)), "ada");
    expect([page.status, page.url]).toEqual([200, `${ACME}/open/1`]);
  });

  it.each<[string, (query: URLSearchParams) => void]>([
    ["another state", (query) => query.set("state", "A".repeat(43))],
    ["no state", (query) => query.delete("state")],
    ["two states", (query) => query.append("state", query.get("state") ?? "")],
    ["no code", (query) => query.delete("code")],
    ["another code", (query) => query.set("code", "A".repeat(43))],
    ["two codes", (query) => query.append("code", "x")],
    ["another issuer (mix-up, RFC 9207)", (query) => query.set("iss", "https://evil.example")],
    ["no issuer, where the provider promises it", (query) => query.delete("iss")],
    ["an error beside the code", (query) => query.set("error", "access_denied")],
  ])("does not count with %s", async (_, change) => {
    const browser = fleet.browser();
    const url = changed(await answered(browser), change);
    expect(codeOf(await browser.visit(url))).toBe("login_failed");
    expect(browser.cookie(HOST, COOKIE)).toBeUndefined();
  });

  it("does not count at another tenant, nor with the other tenant's cookie", async () => {
    const browser = fleet.browser();
    const url = (await answered(browser)).replace(ACME, GLOBEX);
    browser.cookies.set(`${new URL(GLOBEX).host} ${LOGIN_COOKIE}`, browser.cookie(HOST, LOGIN_COOKIE) ?? "");
    expect(codeOf(await browser.visit(url))).toBe("login_failed");
  });

  it("is refused when the person is another tenant's, and reviewers hear of it", async () => {
    await fleet.publish({ idp: { tenantClaim: { claim: "tenant_id", value: "acme" } } });
    const browser = fleet.browser();
    const page = await browser.signIn(await browser.open(`${ACME}/.sallyport/login`), "eve");
    expect([page.status, codeOf(page)]).toEqual([403, "tenant_mismatch"]);
    expect(browser.cookie(HOST, COOKIE)).toBeUndefined();
    await fleet.publish();
  });

  it("is refused when a required claim or scope of the provider is missing", async () => {
    for (const idp of [{ requiredClaims: [{ claim: "department" }] }, { requiredScopes: ["admin"] }]) {
      await fleet.publish({ idp });
      const browser = fleet.browser();
      expect(codeOf(await browser.signIn(await browser.open(`${ACME}/.sallyport/login`), "ada"))).toBe("login_failed");
    }
    await fleet.publish();
  });
});

describe("a hostile identity provider", () => {
  const now = (): number => Math.floor(Date.now() / 1_000);

  /** Answers the token endpoint as it is told; its keys are acme's JWT issuer's. */
  async function startScripted() {
    const script = { token: (_form: URLSearchParams): unknown => ({}), discovery: {} as Record<string, unknown> };
    const running = await listen((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      incoming.on("end", () => {
        const path = incoming.url ?? "";
        const own = {
          ...{
            issuer: running.url,
            jwks_uri: `${running.url}/jwks`,
            authorization_endpoint: `${running.url}/auth`,
            token_endpoint: `${running.url}/token`,
          },
          ...script.discovery,
        };
        const answer = path.startsWith("/.well-known") ? own : path === "/jwks" ? fleet.mint.jwks() : script.token(new URLSearchParams(body));
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
    return { ...running, script };
  }

  const run = async (
    claims: (nonce: string, issuer: string) => Record<string, unknown>,
    more: { header?: Record<string, unknown>; answer?: Record<string, unknown>; raw?: (token: string) => string } = {},
  ): Promise<Page> => {
    const scripted = await startScripted();
    const publicClient = { client: { method: "none", clientId: "web" } };
    await fleet.publish({ idp: { issuer: scripted.url, login: publicClient, algorithms: ["ES256"] } });
    const browser = fleet.browser();
    const begun = new URL(String((await login(browser, "?return_to=/open")).headers.location));
    const nonce = begun.searchParams.get("nonce") ?? "";
    let asked = new URLSearchParams();
    scripted.script.token = (form) => {
      asked = form;
      const token = fleet.mint.sign(
        { iss: scripted.url, aud: "web", sub: "mallory", iat: now(), exp: now() + 60, nonce, ...claims(nonce, scripted.url) },
        { typ: "JWT", ...more.header },
      );
      return { access_token: "at", token_type: "Bearer", id_token: (more.raw ?? ((text) => text))(token), ...more.answer };
    };
    const page = await browser.visit(`${ACME}/.sallyport/callback?state=${begun.searchParams.get("state")}&code=c`);
    await scripted.close();
    expect(asked.get("client_id")).toBe("web");
    expect(asked.get("redirect_uri")).toBe(`${ACME}/.sallyport/callback`);
    expect(asked.get("code_verifier")).toMatch(/^[A-Za-z0-9_-]{43}$/);
    if (page.status !== 303) expect(browser.cookie(HOST, COOKIE)).toBeUndefined();
    return page;
  };

  it("signs in with a good ID token, a public client and an at_hash", async () => {
    const { createHash } = await import("node:crypto");
    const atHash = createHash("sha256").update("at").digest().subarray(0, 16).toString("base64url");
    expect((await run(() => ({ at_hash: atHash }))).status).toBe(303);
    expect((await run(() => ({ aud: ["web", "other"], azp: "web" }))).status).toBe(303);
  });

  it.each<[string, Parameters<typeof run>[0], Parameters<typeof run>[1]?]>([
    ["another nonce", () => ({ nonce: "x".repeat(43) })],
    ["no nonce", () => ({ nonce: undefined })],
    ["another issuer", () => ({ iss: "https://evil.example" })],
    ["another audience", () => ({ aud: "other" })],
    ["an access token's audience", () => ({ aud: `${ACME}/resource` })],
    ["several audiences and no azp", () => ({ aud: ["web", "other"] })],
    ["another azp", () => ({ azp: "other" })],
    ["no exp", () => ({ exp: undefined })],
    ["an exp that is past", () => ({ exp: now() - 120 })],
    ["an iat to come", () => ({ iat: now() + 300 })],
    ["no subject", () => ({ sub: undefined })],
    ["a subject that is no text", () => ({ sub: 7 })],
    ["another at_hash", () => ({ at_hash: "AAAA" })],
    ["a tenant claim of another tenant", () => ({ tenant_id: "globex" })],
    ["the type of an access token", () => ({}), { header: { typ: "at+jwt" } }],
    ["the type of a logout token", () => ({}), { header: { typ: "logout+jwt" } }],
    ["no algorithm", () => ({}), { header: { alg: "none" } }],
    ["a signature that does not verify", () => ({}), { raw: (token) => `${token.slice(0, -8)}AAAAAAAA` }],
    ["no signature", () => ({}), { raw: (token) => token.slice(0, token.lastIndexOf(".") + 1) }],
    ["no ID token at all", () => ({}), { answer: { id_token: undefined } }],
    ["a token type that is none", () => ({}), { answer: { token_type: "mac" } }],
  ])("makes no session with %s", async (_, claims, more) => {
    const page = await run(claims, more);
    expect([400, 403, 503]).toContain(page.status);
    expect(["login_failed", "tenant_mismatch", "idp_unavailable"]).toContain(codeOf(page));
  });

  it("does not send a browser to a script or a file", async () => {
    for (const endpoint of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "not a url", undefined]) {
      const scripted = await startScripted();
      scripted.script.discovery = { authorization_endpoint: endpoint };
      await fleet.publish({ idp: { issuer: scripted.url, login: { client: { method: "none", clientId: "web" } } } });
      const page = await login(fleet.browser());
      expect([page.status, codeOf(page)]).toEqual([503, "idp_unavailable"]);
      await scripted.close();
    }
    await fleet.publish();
  });
});

describe("a logout token", () => {
  const now = (): number => Math.floor(Date.now() / 1_000);
  const EVENTS = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const post = async (body: string, type = "application/x-www-form-urlencoded") => {
    const { statusCode, body: answer } = await request(`http://127.0.0.1:${fleet.one.dataPort}/.sallyport/backchannel-logout`, {
      method: "POST",
      headers: { host: HOST, "content-type": type },
      body,
    });
    return { status: statusCode, text: await answer.text() };
  };
  let count = 0;
  const tokenOf = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = { typ: "logout+jwt" }): string => {
    count += 1;
    return fleet.mint.sign(
      { iss: fleet.jwks.issuer, aud: "web", sub: "ada", iat: now(), exp: now() + 60, jti: `jti-${count}`, events: EVENTS, ...claims },
      header,
    );
  };
  beforeAll(async () => {
    fleet.jwks.setDiscovery({ authorization_endpoint: `${fleet.jwks.issuer}/auth`, token_endpoint: `${fleet.jwks.issuer}/token` });
    await fleet.publish({
      idp: { issuer: fleet.jwks.issuer, login: { client: { method: "none", clientId: "web" } }, algorithms: ["ES256"] },
      acme: {},
    });
  });

  it("is taken by sid or by sub, once", async () => {
    expect((await post(`logout_token=${tokenOf({ sid: "s", sub: undefined })}`)).status).toBe(200);
    const token = tokenOf();
    expect((await post(`logout_token=${token}`)).status).toBe(200);
    expect((await post(`logout_token=${token}`)).status).toBe(400);
    expect((await post(`logout_token=${tokenOf({}, { typ: "JWT" })}`)).status).toBe(200);
  });

  it.each<[string, () => string, string?]>([
    ["no token", () => "a=b"],
    ["two tokens", () => `logout_token=${tokenOf()}&logout_token=${tokenOf()}`],
    ["another media type", () => JSON.stringify({ logout_token: tokenOf() }), "application/json"],
    ["a form of a megabyte", () => `logout_token=${tokenOf()}&x=${"a".repeat(1_000_000)}`],
    ["a nonce", () => `logout_token=${tokenOf({ nonce: "n" })}`],
    ["no events", () => `logout_token=${tokenOf({ events: undefined })}`],
    ["another event", () => `logout_token=${tokenOf({ events: { "https://example.org/event": {} } })}`],
    ["an event that is no object", () => `logout_token=${tokenOf({ events: { "http://schemas.openid.net/event/backchannel-logout": "x" } })}`],
    ["neither sid nor sub", () => `logout_token=${tokenOf({ sub: undefined })}`],
    ["a sid that is no text", () => `logout_token=${tokenOf({ sid: 7 })}`],
    ["no jti", () => `logout_token=${tokenOf({ jti: undefined })}`],
    ["no exp", () => `logout_token=${tokenOf({ exp: undefined })}`],
    ["an exp that is past", () => `logout_token=${tokenOf({ exp: now() - 120 })}`],
    ["another audience", () => `logout_token=${tokenOf({ aud: "other" })}`],
    ["another issuer", () => `logout_token=${tokenOf({ iss: "https://evil.example" })}`],
    ["the type of an access token", () => `logout_token=${tokenOf({}, { typ: "at+jwt" })}`],
    ["no algorithm", () => `logout_token=${tokenOf({}, { alg: "none" })}`],
    ["a signature that does not verify", () => `logout_token=${tokenOf().slice(0, -8)}AAAAAAAA`],
  ])("is refused with %s", async (_, body, type) => {
    const answer = await post(body(), type);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([400, expect.objectContaining({ code: "logout_token_refused" })]);
  });
});
