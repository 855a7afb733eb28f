import { corsPolicy, routeSpec } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask, compileOrThrow, fleetOf, inputOf, tenantOf } from "../testing/open-fleet.fixture.js";
import { allowsOrigin, compileCors } from "./compiled-cors.js";

const APP = "https://app.example.com";
const CORS = { origins: [APP, "https://*.tools.example.com:8443"], requestHeaders: ["X-B", "Authorization"], credentials: true, maxAgeSeconds: 60 };
const open = { authentication: { mode: "public" } };
const compiled = compileOrThrow(
  inputOf(
    [
      tenantOf("acme", {
        routes: {
          main: { upstream: "main", ...open },
          app: { upstream: "main", pathPrefix: "/app", ...open, cors: CORS },
          read: { upstream: "main", pathPrefix: "/split", methods: ["GET", "OPTIONS"], ...open, cors: { origins: ["*"], exposedHeaders: [] } },
          write: { upstream: "main", pathPrefix: "/split", methods: ["POST"], ...open, cors: { origins: [APP], methods: ["POST", "PUT"] } },
          shut: { upstream: "main", pathPrefix: "/shut", authentication: { mode: "deny" }, cors: { origins: [APP] } },
          closed: { upstream: "main", pathPrefix: "/closed", authentication: { mode: "required" }, cors: { origins: [APP] } },
        },
      }),
    ],
    fleetOf({ baseDomains: ["api.example.com"] }),
  ),
);
const preflight = (target: string, origin: string | null, method: string | null = "GET", more: readonly (readonly [string, string])[] = []) =>
  ask(compiled, {
    host: "acme.api.example.com",
    target,
    method: "OPTIONS",
    headers: [
      ...(origin === null ? [] : [["Origin", origin] as const]),
      ...(method === null ? [] : [["Access-Control-Request-Method", method] as const]),
      ...more,
    ],
  });
const fields = (list: readonly string[] | null): Record<string, string> =>
  Object.fromEntries((list ?? []).flatMap((name, index) => (index % 2 === 0 ? [[name, list?.[index + 1] ?? ""]] : [])));
const VARY = { Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };

describe("a preflight", () => {
  it("is answered by the route of the method that would follow, without a credential and without the upstream", () => {
    const decision = preflight("/app/x", APP, "DELETE");
    expect(decision).toMatchObject({ outcome: "preflight", route: { name: "app" } });
    expect(decision.outcome === "preflight" && fields(decision.headers)).toEqual({
      "Access-Control-Allow-Origin": APP,
      "Access-Control-Allow-Methods": "DELETE",
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Allow-Headers": "authorization, x-b",
      "Access-Control-Max-Age": "60",
      ...VARY,
    });
    expect(preflight("/closed", APP, "GET").outcome).toBe("preflight");
  });

  it("is told the policy's methods where it names some, and the route's own policy where routes of one path differ", () => {
    const read = preflight("/split", "https://anybody.example", "GET");
    expect(read.outcome === "preflight" && fields(read.headers)).toMatchObject({
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Methods": "GET",
    });
    const write = preflight("/split", APP, "POST");
    expect(write.outcome === "preflight" && fields(write.headers)["Access-Control-Allow-Methods"]).toBe("POST, PUT");
  });

  it.each([
    "https://evil.example",
    "null",
    "https://app.example.com.evil.example",
    "https://APP.example.com",
    `${APP}:444`,
    "http://app.example.com",
    "",
  ])("from %j says nothing of the origin", (origin) => {
    const decision = preflight("/app", origin);
    expect(decision.outcome === "preflight" && fields(decision.headers)).toEqual(VARY);
  });

  it.each([
    ["no policy", preflight("/other", APP), "allow"],
    ["no Origin", preflight("/app", null), "allow"],
    ["no method", preflight("/app", APP, null), "allow"],
    ["two origins", preflight("/app", APP, "GET", [["origin", APP]]), "allow"],
    ["a method that is none", preflight("/app", APP, "get it"), "allow"],
    ["a method that the path's routes do not take", preflight("/split", APP, "PATCH"), "allow"],
    ["a route that denies", preflight("/shut", APP), "route_denied"],
  ])("with %s is treated like any request", (_name, decision, expected) => {
    expect(decision.outcome === "deny" ? decision.code : decision.outcome).toBe(expected);
  });
});

describe("every other answer of a route with a policy", () => {
  const get = (target: string, origin: string | null) =>
    ask(compiled, { host: "acme.api.example.com", target, headers: origin === null ? [] : [["Origin", origin]] });

  it("carries what the page needs, and says that it varies also to those without an origin", () => {
    const allowed = {
      "Access-Control-Allow-Origin": APP,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Expose-Headers": "retry-after, x-request-id",
    };
    const decision = get("/app", APP);
    expect(decision.outcome === "allow" && fields(decision.cors)).toEqual({ ...allowed, Vary: "Origin" });
    for (const origin of [null, "null", "https://evil.example"]) {
      const other = get("/app", origin);
      expect(other.outcome === "allow" && fields(other.cors)).toEqual({ Vary: "Origin" });
    }
    const any = get("/split", "https://anybody.example");
    expect(any.outcome === "allow" && fields(any.cors)).toEqual({ "Access-Control-Allow-Origin": "*", Vary: "Origin" });
  });

  it("is the same for a refusal, and nothing where no route was found or the route has no policy", () => {
    const refused = get("/closed", APP);
    expect(refused).toMatchObject({ outcome: "deny", code: "missing_token" });
    expect(refused.outcome === "deny" && fields(refused.cors)["Access-Control-Allow-Origin"]).toBe(APP);
    const plain = get("/other", APP);
    expect(plain.outcome === "allow" && plain.cors).toBeNull();
  });
});

describe("the origins of a policy", () => {
  it("with a star take one label, neither none, nor two, nor another suffix", () => {
    const cors = compileCors(corsPolicy.parse(CORS));
    for (const good of ["https://a.tools.example.com:8443", "https://a-1.tools.example.com:8443"]) expect(allowsOrigin(cors, good)).toBe(true);
    for (const bad of [
      "https://tools.example.com:8443",
      "https://.tools.example.com:8443",
      "https://a.b.tools.example.com:8443",
      "https://a.tools.example.com",
      "http://a.tools.example.com:8443",
      "https://eviltools.example.com:8443",
      "https://evil.example/.tools.example.com:8443",
      "https://evil.example?.tools.example.com:8443",
      "https://user@a.tools.example.com:8443",
      "https://*.tools.example.com:8443",
      "https://A.tools.example.com:8443",
    ])
      expect(allowsOrigin(cors, bad), bad).toBe(false);
  });

  it("never take an origin that is not on the list, whatever it looks like", () => {
    const cors = compileCors(corsPolicy.parse(CORS));
    const pieces = fc.constantFrom("https://", "http://", "app", ".", "example", "com", "tools", ":8443", "a", "*", "/", "@", "null", "%", "\t");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        const origin = parts.join("");
        const expected = origin === APP || /^https:\/\/[a-z0-9-]+\.tools\.example\.com:8443$/.test(origin);
        expect(allowsOrigin(cors, origin)).toBe(expected);
      }),
    );
  });

  it.each([
    ["nobody", []],
    ["null", ["null"]],
    ["* beside others", ["*", APP]],
    ["a path", [`${APP}/`]],
    ["capitals", ["https://App.example.com"]],
    ["the usual port", [`${APP}:443`]],
    ["a star over a top level", ["https://*.com"]],
    ["a star in the middle", ["https://a.*.example.com"]],
    ["a star for any scheme", ["*://app.example.com"]],
    ["no scheme", ["app.example.com"]],
  ])("cannot be %s", (_name, origins) => {
    expect(corsPolicy.safeParse({ origins }).success).toBe(false);
  });

  it("are never all of them together with credentials", () => {
    expect(corsPolicy.safeParse({ origins: ["*"], credentials: true }).error?.issues[0]?.path).toEqual(["credentials"]);
    expect(corsPolicy.safeParse({ origins: ["*"] }).success).toBe(true);
  });

  it("are left out of a route without them: its canonical form is the one it had", () => {
    expect(Object.keys(routeSpec.parse({ upstream: "main" }))).not.toContain("cors");
  });
});
