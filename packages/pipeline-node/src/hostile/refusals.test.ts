import { authenticate, type DenyCode, REFUSALS } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { acme, acmeMint, bearer, keys, snapshot } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, keysOf, portsWith, type RequestParts, tenant, unlimited } from "../testing/fleet.fixture.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const expired = bearer(acmeMint.token(claimsOf("acme", { exp: 1 })));
const noSubject = bearer(acmeMint.token(claimsOf("acme", { sub: undefined })));
const unknownKid = bearer(acmeMint.token(claimsOf("acme"), { kid: "other" }));

/** Every code that the pipeline gives, the request that earns it, and the status that the client sees. */
const refusals: readonly (readonly [DenyCode, number, RequestParts])[] = [
  ["bad_request", 400, { target: "/a/../b" }],
  ["ambiguous_credential", 400, { authorization, headers: [["Authorization", authorization]] }],
  ["tenant_not_identified", 400, { host: "unknown.example" }],
  ["tenant_conflict", 400, { target: "/tenants/globex/x" }],
  ["tenant_not_found", 404, { host: "nobody.api.example.com" }],
  ["tenant_suspended", 403, { host: "frozen.api.example.com" }],
  ["method_not_allowed", 405, { target: "/reads", method: "POST" }],
  ["route_denied", 403, { target: "/shut" }],
  [
    "upgrade_not_allowed",
    400,
    {
      headers: [
        ["Connection", "upgrade"],
        ["Upgrade", "websocket"],
      ],
    },
  ],
  ["missing_token", 401, {}],
  ["invalid_token", 401, { authorization: "Bearer x" }],
  ["token_expired", 401, { authorization: expired }],
  ["unknown_signing_key", 401, { authorization: unknownKid }],
  ["invalid_claims", 401, { authorization: noSubject }],
  ["insufficient_scope", 403, { target: "/open/admin", authorization }],
  ["tenant_mismatch", 403, { host: "globex.api.example.com", authorization }],
  ["target_too_long", 414, { target: `/${"a".repeat(9_000)}` }],
  ["header_fields_too_large", 431, { headers: Array.from({ length: 200 }, () => ["X-A", "1"] as const) }],
];

describe("SECURITY §1.10: refusals are of a known kind, and the next good request passes", () => {
  test.each(refusals)("%s answers %i", async (code, status, request) => {
    const ports = portsWith(keys);
    const decision = await authenticate(snapshot, factsOf(request), ports);
    expect(decision).toMatchObject({ outcome: "deny", code });
    expect(REFUSALS[code].status).toBe(status);
    expect(await authenticate(snapshot, factsOf({ authorization }), ports)).toMatchObject({ outcome: "allow" });
  });

  test("route_not_found answers 404", async () => {
    const only = compiled([tenant("acme", { routes: { main: { pathPrefix: "/v1", upstream: "main", authentication: { mode: "required" } } } })]);
    expect(await authenticate(only, factsOf({ target: "/v10" }), portsWith(keys))).toMatchObject({ outcome: "deny", code: "route_not_found" });
    expect(await authenticate(only, factsOf({ target: "/v1", authorization }), portsWith(keys))).toMatchObject({ outcome: "allow" });
  });

  test("idp_unavailable answers 503, and the IdP's return ends it", async () => {
    expect(await authenticate(snapshot, factsOf({ authorization }), portsWith(keysOf({})))).toMatchObject({ code: "idp_unavailable" });
    expect(await authenticate(snapshot, factsOf({ authorization }), portsWith(keys))).toMatchObject({ outcome: "allow" });
  });

  test("rate_limited answers 429 and says how long to wait", async () => {
    const limited = compiled([
      { ...acme, rateLimitPolicies: { few: { key: ["client_ip"], limit: 1, windowSeconds: 60, burst: 1, action: "refuse", routes: [], plans: [] } } },
    ]);
    let left = 1;
    const limits = {
      take: () =>
        left-- > 0 ? unlimited.take("", { limit: 1, windowSeconds: 1, burst: 1 }) : { allowed: false, remaining: 0, retryAfterSeconds: 42 },
    };
    const ports = portsWith(keys, { limits });
    expect(await authenticate(limited, factsOf({ authorization }), ports)).toMatchObject({ outcome: "allow" });
    const refused = await authenticate(limited, factsOf({ authorization }), ports);
    expect(refused).toMatchObject({ outcome: "deny", code: "rate_limited", limits: [{ policy: "few", remaining: 0, retryAfterSeconds: 42 }] });
  });

  test("no code is answered by 500", () => {
    for (const { status } of Object.values(REFUSALS)) expect(status).not.toBe(500);
  });
});
