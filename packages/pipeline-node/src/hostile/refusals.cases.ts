import type { DenyCode } from "@sallyport/pipeline";
import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, keysOf, type RequestParts, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const expired = bearer(acmeMint.token(claimsOf("acme", { exp: 1 })));
const noSubject = bearer(acmeMint.token(claimsOf("acme", { sub: undefined })));
const unknownKid = bearer(acmeMint.token(claimsOf("acme"), { kid: "other" }));
const onlyV1 = compiled([tenant("acme", { routes: { main: { pathPrefix: "/v1", upstream: "main", authentication: { mode: "required" } } } })]);
type Rest = RequestParts & Pick<HostileCase, "compiled" | "keys" | "findings">;

/** Every code that the pipeline gives, the request that earns it, and the status that the client sees. */
const refusals: readonly (readonly [DenyCode, number, Rest])[] = [
  ["bad_request", 400, { target: "/a/../b" }],
  ["ambiguous_credential", 400, { authorization, headers: [["Authorization", authorization]] }],
  ["tenant_not_identified", 400, { host: "unknown.example" }],
  ["tenant_conflict", 400, { target: "/tenants/globex/x", findings: ["tenant_conflict"] }],
  ["tenant_not_found", 404, { host: "nobody.api.example.com" }],
  ["tenant_suspended", 403, { host: "frozen.api.example.com" }],
  ["route_not_found", 404, { target: "/v10", authorization, compiled: onlyV1 }],
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
  ["tenant_mismatch", 403, { host: "globex.api.example.com", authorization, findings: ["cross_tenant_attempt"] }],
  ["target_too_long", 414, { target: `/${"a".repeat(9_000)}` }],
  ["header_fields_too_large", 431, { headers: Array.from({ length: 200 }, () => ["X-A", "1"] as const) }],
  ["idp_unavailable", 503, { authorization, keys: keysOf({}) }],
];

const cases: HostileCase[] = [
  ...refusals.map(([code, status, request]) => ({ name: `a request that earns ${code}`, expect: code, status, ...request })),
  { name: "a good request after all of them", authorization, expect: "allow" },
];

export const refusalsTable: HostileTable = { clause: 10, title: "refusals are of a known kind, and the next good request passes", cases };
