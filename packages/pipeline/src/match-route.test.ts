import { describe, expect, test } from "vitest";
import { ask, compileOrThrow, fleetOf, inputOf, tenantOf } from "./testing/open-fleet.fixture.js";

const open = { upstream: "main", authentication: { mode: "public" } };
const compiled = compileOrThrow(
  inputOf(
    [
      tenantOf("acme", {
        upstreams: { main: { url: "http://upstream.internal:8080" }, based: { url: "https://upstream.internal/base/v2/" } },
        routes: {
          root: open,
          v1: { ...open, pathPrefix: "/v1" },
          "v1-write": { ...open, pathPrefix: "/v1", methods: ["POST", "PUT"] },
          "v1-admin": { ...open, pathPrefix: "/v1/admin/", methods: ["GET"] },
          stripped: { ...open, pathPrefix: "/strip/me", stripPrefix: true, upstream: "based" },
          colon: { ...open, pathPrefix: "/v2:batch" },
        },
      }),
    ],
    fleetOf({ baseDomains: ["example.com"] }),
  ),
);

function answer(target: string, method = "GET"): string {
  const decision = ask(compiled, { host: "acme.example.com", target, method });
  return decision.outcome === "allow"
    ? `${decision.route.name} ${decision.route.upstream.targets[0]?.origin}${decision.upstreamTarget}`
    : decision.outcome === "deny"
      ? decision.code
      : decision.outcome;
}

describe("the longest prefix wins, then the route with methods", () => {
  test.each([
    ["/", "GET", "root http://upstream.internal:8080/"],
    ["/v1", "GET", "v1 http://upstream.internal:8080/v1"],
    ["/v1?x=1", "GET", "v1 http://upstream.internal:8080/v1?x=1"],
    ["/v1/x", "GET", "v1 http://upstream.internal:8080/v1/x"],
    ["/v10", "GET", "root http://upstream.internal:8080/v10"],
    ["/V1", "GET", "root http://upstream.internal:8080/V1"],
    ["/v1/x", "PUT", "v1-write http://upstream.internal:8080/v1/x"],
    ["/v1/admin", "GET", "v1-admin http://upstream.internal:8080/v1/admin"],
    ["/v1/admin/x", "GET", "v1-admin http://upstream.internal:8080/v1/admin/x"],
    ["/v1/administrator", "GET", "v1 http://upstream.internal:8080/v1/administrator"],
    ["/strip/me", "GET", "stripped https://upstream.internal/base/v2/"],
    ["/strip/me/", "GET", "stripped https://upstream.internal/base/v2/"],
    ["/strip/me/a/b?c", "GET", "stripped https://upstream.internal/base/v2/a/b?c"],
    ["/v2:batch", "GET", "colon http://upstream.internal:8080/v2:batch"],
  ])("%s by %s", (target, method, expected) => {
    expect(answer(target, method)).toBe(expected);
  });

  test("a method that the longest prefix does not take never falls through to a shorter one", () => {
    expect(answer("/v1/admin/x", "POST")).toBe("method_not_allowed");
    const refused = ask(compiled, { host: "acme.example.com", target: "/v1/admin", method: "DELETE" });
    expect(refused).toMatchObject({ code: "method_not_allowed", allowedMethods: ["GET"] });
  });

  test.each(["/%76%31/x", "/v1/%61dmin/x", "/v1;x/admin", "/v2%3Abatch", "/strip;a=b/me"])(
    "%s, which an upstream would read as another route's path, is refused",
    (target) => {
      expect(answer(target)).toBe("bad_request");
    },
  );

  test.each(["/v1/a%20b", "/v1/x;version=2", "/v1/%61bc", "/other/%3Bx"])("%s, which is the same route's either way, passes as it is", (target) => {
    expect(answer(target)).toContain(target);
  });
});
