import { authenticate, compileSnapshot, type Deny, type FoundSession, type SessionLookup, type SessionSource } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { keys } from "../testing/acme-and-globex.fixture.js";
import { compiled, factsOf, fleet, issuerOf, portsWith, type RequestParts, type TenantParts, tenant } from "../testing/fleet.fixture.js";
import { idOf } from "../testing/sessions.fixture.js";

const login = { client: { method: "none", clientId: "web" } };
const main = { issuer: issuerOf("acme"), audiences: ["acme-api"], login };
const session = { mode: "required", authenticators: ["session"] };
const page = { ...session, redirectToLogin: true };
const snapshot = compiled(
  [
    tenant("acme", {
      identityProviders: { main, second: { issuer: "https://second.acme.example", audiences: ["x"] } },
      routes: {
        main: { upstream: "main", authentication: session },
        page: { upstream: "main", pathPrefix: "/page", authentication: page },
        mixed: { upstream: "main", pathPrefix: "/mixed", authentication: { ...page, authenticators: ["bearer", "api_key", "session"] } },
      },
    }),
  ],
  { sessions: { idleSeconds: 100, absoluteSeconds: 1_000, extendEverySeconds: 10 } },
);

const live: FoundSession = {
  ...{ tenant: "acme", identityProvider: "main", issuer: issuerOf("acme"), subject: "user-1", claims: { sub: "user-1" }, scopes: [] },
  ...{ ageMs: 1_000, sinceExtendedMs: 1_000, remainingMs: 99_000 },
};
const used: string[] = [];
const storeWith = (lookup: unknown): SessionSource => ({
  find: () => Promise.resolve(lookup as SessionLookup),
  used: (slug, _, { idleMs, everyMs }) => void used.push(`${slug} ${idleMs} ${everyMs}`),
});
const decide = (sessions: SessionSource, parts: RequestParts = {}) =>
  authenticate(snapshot, factsOf({ headers: [["Cookie", `__Host-sallyport-acme=${idOf("a")}`]], ...parts }), portsWith(keys, { sessions }));
const found = (more: Partial<FoundSession>) => storeWith({ state: "live", session: { ...live, ...more } });
const codeOf = async (sessions: SessionSource): Promise<string> => {
  const decision = await decide(sessions);
  return decision.outcome === "deny" ? decision.code : "allow";
};

describe("the times of a session", () => {
  test.each<[string, Partial<FoundSession>, string]>([
    ["fresh", {}, "allow"],
    ["a moment before the idle time that the fleet has now", { sinceExtendedMs: 99_999 }, "allow"],
    ["at it", { sinceExtendedMs: 100_000 }, "session_expired"],
    ["a moment before the absolute time", { ageMs: 999_999 }, "allow"],
    ["at it", { ageMs: 1_000_000 }, "session_expired"],
    ["nothing left", { remainingMs: 0 }, "session_expired"],
    ["an age that is no number", { ageMs: Number.NaN }, "session_expired"],
    ["a rest that is no number", { remainingMs: Number.NaN }, "session_expired"],
  ])("%s", async (_, more, code) => {
    expect(await codeOf(found(more))).toBe(code);
  });

  test("are moved for a request that is let through, not more often than the fleet's settings say", async () => {
    used.length = 0;
    await decide(found({ sinceExtendedMs: 9_999 }));
    expect(used).toEqual([]);
    await decide(found({ sinceExtendedMs: 10_000 }));
    expect(used).toEqual(["acme 100000 10000"]);
    await decide(found({ sinceExtendedMs: 10_000, claims: { sub: "other" } }));
    expect(used).toHaveLength(1);
  });
});

describe("a store that misbehaves lets nobody pass", () => {
  const broken = (): never => {
    throw new Error("broken store");
  };
  test.each<[string, SessionSource]>([
    ["it throws", { find: broken, used: broken }],
    ["it rejects", { find: () => Promise.reject(new Error("x")), used: broken }],
    ["it answers nothing", storeWith(undefined)],
    ["it answers rubbish", storeWith({ state: "fine" })],
    ["it says live and has no session", storeWith({ state: "live" })],
    ["it is away", storeWith({ state: "unavailable", reason: "away" })],
    ["another tenant's session", found({ tenant: "globex" })],
    ["no claims", found({ claims: {} })],
    ["claims with an inherited subject", found({ claims: Object.create({ sub: "user-1" }) as Record<string, unknown> })],
    ["a subject with a line feed", found({ subject: "a\nb", claims: { sub: "a\nb" } })],
    ["extending throws", { find: found({ sinceExtendedMs: 50_000 }).find, used: broken }],
  ])("%s", async (_, sessions) => {
    expect(await codeOf(sessions)).not.toBe("allow");
  });
});

describe("a browser without a session", () => {
  const html = ["Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"] as const;
  const pathOf = async (parts: RequestParts, sessions: SessionSource = storeWith({ state: "unknown" })): Promise<string | undefined> => {
    const decision = await authenticate(snapshot, factsOf(parts), portsWith(keys, { sessions }));
    return (decision as Deny).loginPath;
  };
  const stale = ["Cookie", `__Host-sallyport-acme=${idOf("z")}`] as const;

  test.each<[string, RequestParts, string | undefined]>([
    ["on a page", { target: "/page/1?a=b&c=%20", headers: [html] }, "/.sallyport/login?idp=main&return_to=%2Fpage%2F1%3Fa%3Db%26c%3D%2520"],
    ["with one that is gone", { target: "/page", headers: [html, stale] }, "/.sallyport/login?idp=main&return_to=%2Fpage"],
    ["where a token comes first", { target: "/mixed", headers: [html] }, "/.sallyport/login?idp=main&return_to=%2Fmixed"],
    [
      "a page that is too long to come back to",
      { target: `/page?${"a".repeat(2_000)}`, headers: [html] },
      "/.sallyport/login?idp=main&return_to=%2F",
    ],
    ["in absolute form", { target: "http://acme.api.example.com/page", headers: [html] }, "/.sallyport/login?idp=main&return_to=%2Fpage"],
    ["on a route that sends nobody", { target: "/orders", headers: [html] }, undefined],
    ["that is none", { target: "/page", headers: [["Accept", "*/*"]] }, undefined],
    ["that says nothing of pages", { target: "/page" }, undefined],
    ["that wants none", { target: "/page", headers: [["Accept", "text/html;q=0, application/json"]] }, undefined],
    ["that asks for text/htmlx", { target: "/page", headers: [["Accept", "text/htmlx"]] }, undefined],
    ["that sends something", { target: "/page", method: "POST", headers: [html] }, undefined],
    ["with a token that does not hold", { target: "/mixed", authorization: "Bearer a.b.c", headers: [html] }, undefined],
    ["where the path names the tenant", { host: "www.example.net", target: "/tenants/acme/page", headers: [html] }, undefined],
  ])("%s", async (_, parts, path) => {
    expect(await pathOf(parts)).toBe(path);
  });

  test("is not sent to a login while nothing can be known of sessions", async () => {
    expect(await pathOf({ target: "/page", headers: [html, stale] }, storeWith({ state: "unavailable", reason: "away" }))).toBeUndefined();
  });
});

describe("publishing", () => {
  const errorsOf = (parts: TenantParts, settings: Record<string, unknown> = {}, others: ReturnType<typeof tenant>[] = []): string[] => {
    const tenants = [tenant("acme", { identityProviders: { main }, ...parts }), ...others];
    const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: fleet(settings), tenants });
    return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`);
  };
  const route = (authentication: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    routes: { r: { upstream: "main", authentication, ...more } },
  });
  const second = { issuer: "https://second.example", audiences: ["x"], login };

  test.each<[string, string[], RegExp | null]>([
    ["sessions below a base domain", errorsOf(route(session)), null],
    ["sessions where no host names a tenant", errorsOf(route(session), { resolution: ["path"] }), /tenants\/acme\/routes\/r: .*sessions need a host/],
    ["sessions without a base domain or a custom one", errorsOf(route(session), { baseDomains: [] }), /sessions need a host/],
    ["sessions with a custom domain", errorsOf({ ...route(session), domains: ["api.acme.example"] }, { baseDomains: [] }), null],
    [
      "optional sessions where no host names a tenant",
      errorsOf(route({ mode: "optional", authenticators: ["session"] }), { resolution: ["header"] }),
      /sessions need/,
    ],
    ["sessions and tokens, both needed", errorsOf(route({ ...session, authenticators: ["session", "bearer"], match: "all" })), null],
    ["a redirect", errorsOf(route(page)), null],
    ["a redirect on a route without sessions", errorsOf(route({ ...page, authenticators: ["bearer"] })), /name session among the authenticators/],
    ["a redirect without a login", errorsOf({ ...route(page), identityProviders: { main: { ...main, login: null } } }), /has a login/],
    ["a redirect with two logins", errorsOf({ ...route(page), identityProviders: { main, second } }), /main and second both have a login/],
    [
      "a redirect with two logins, one named",
      errorsOf({ ...route({ ...page, identityProviders: ["main"] }), identityProviders: { main, second } }),
      null,
    ],
    [
      "a redirect whose identity provider is disabled",
      errorsOf({ ...route(page), identityProviders: { main: { ...main, status: "disabled" } } }),
      null,
    ],
    [
      "a login without discovery",
      errorsOf({ identityProviders: { main: { ...main, keys: { kind: "jwks", url: "https://x.example/jwks" } } } }),
      /login: its endpoints are found by discovery/,
    ],
    ["a route on the gateway's own paths", errorsOf(route(session, { pathPrefix: "/.sallyport/login" })), /is the gateway's own/],
    ["a route that only begins like them", errorsOf(route(session, { pathPrefix: "/.sallyportal" })), null],
  ])("%s", (_, errors, expected) => {
    if (expected === null) expect(errors).toEqual([]);
    else expect(errors.join("\n")).toMatch(expected);
  });

  test("two tenants cannot share issuer and client of a login without telling people apart", () => {
    const shared = { ...main, issuer: "https://shared.example" };
    const other = (idp: Record<string, unknown>) => [
      tenant("globex", { identityProviders: { main: { ...shared, audiences: ["globex-api"], ...idp } } }),
    ];
    const of = (mine: Record<string, unknown>, theirs: Record<string, unknown>) =>
      errorsOf({ identityProviders: { main: { ...shared, ...mine } } }, {}, other(theirs));
    const claim = (value: string) => ({ tenantClaim: { claim: "org", value } });
    expect(of({}, {}).join()).toContain("name a tenant claim");
    expect(of(claim("a"), claim("b"))).toEqual([]);
    expect(of({}, { login: { client: { method: "none", clientId: "another" } } })).toEqual([]);
    expect(of({}, { login: null })).toEqual([]);
  });
});
