import assert from "node:assert/strict";
import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";

const SPOOFED = ["spoofed_identity_header"];
const authorization = bearer(acmeMint.token(claimsOf("acme")));

/** The upstream sees no field of the name but our own, however an upstream folds names. */
function only(name: string, ...values: string[]) {
  return ({ upstreamHeaders }: Sent) => {
    const fold = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "-");
    const found: string[] = [];
    for (let index = 0; index < upstreamHeaders.length; index += 2) {
      assert.match(upstreamHeaders[index] ?? "", /^[A-Za-z0-9-]+$/);
      if (fold(upstreamHeaders[index] ?? "") === fold(name)) found.push(upstreamHeaders[index + 1] ?? "");
    }
    assert.deepEqual(found, values);
  };
}

const RESERVED = [
  "X-User-Email",
  "x-user-roles",
  "X-USER-NAME",
  "X-User",
  "X-Org-Name",
  "X-Roles",
  "X-Groups",
  "X-Token-Claims",
  "X-Authenticated-User",
  "X-Forwarded-User",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Auth-Request-User",
  "Remote-User",
  "X-Consumer-Id",
  "X-Jwt-Payload",
  "X-Internal-Auth",
  "X-Gateway-Identity",
  "X-Session-Id",
  "X_User_Roles",
  "x_user-roles",
  "X.User.Roles",
  "Remote_User",
  "X-Acme-Identity",
];
const settings = { reservedHeaders: ["X-Acme-Identity"] };
const reservingKeys = compiled([tenant("acme", { routes: { main: { upstream: "main", authentication: { mode: "public" } } } })], {
  reservedHeaders: ["X-API-Key"],
});
const writingKeys = compiled([
  tenant("acme", {
    routes: { main: { upstream: "main", propagation: "own", authentication: { mode: "required" } } },
    propagationPolicies: { own: { strategy: "headers", headers: {}, claims: [{ header: "X-API-Key", claim: "key" }] } },
  }),
]);
const reserving = compiled(
  [
    tenant("acme", {
      routes: {
        main: { upstream: "main", authentication: { mode: "required" } },
        open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
      },
    }),
  ],
  settings,
);
const custom = compiled([
  tenant("acme", {
    routes: { main: { upstream: "main", propagation: "own", authentication: { mode: "required" } } },
    propagationPolicies: {
      own: { strategy: "headers", headers: { userId: "Acting-Subject", tenantId: null }, claims: [{ header: "Cost-Centre", claim: "cc" }] },
    },
  }),
]);
const passing = compiled([
  tenant("acme", {
    routes: { main: { upstream: "main", propagation: "pass", authentication: { mode: "required" } } },
    propagationPolicies: { pass: { strategy: "pass_through", tenantHeader: "Acting-Tenant" } },
  }),
]);

const cases: HostileCase[] = [
  {
    name: "the field for API keys where the fleet reserves it",
    compiled: reservingKeys,
    headers: [["X-API-Key", "root"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-API-Key"),
  },
  {
    name: "the field for API keys where the policy writes it",
    authorization: bearer(acmeMint.token(claimsOf("acme", { key: "verified" }))),
    compiled: writingKeys,
    headers: [["x-api-key", "root"]],
    expect: "allow",
    upstream: only("X-API-Key", "verified"),
  },
  {
    name: "the field for API keys where the policy would write it, and the token has no such claim",
    authorization,
    compiled: writingKeys,
    headers: [["X-API-Key", "root"]],
    expect: "allow",
    upstream: only("X-API-Key"),
  },
  ...RESERVED.map((name) => ({
    name: `${name} from a client`,
    authorization,
    compiled: reserving,
    headers: [[name, "root"]] as const,
    expect: "allow" as const,
    findings: SPOOFED,
    upstream: only(name),
  })),
  {
    name: "X-User-Id, which is set",
    authorization,
    headers: [["X-User-Id", "root"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id", "user-1"),
  },
  {
    name: "X_USER_ID, which folds into it",
    authorization,
    headers: [["X_USER_ID", "root"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id", "user-1"),
  },
  {
    name: "X-User-Id twice",
    authorization,
    headers: [
      ["X-User-Id", "a"],
      ["x-user-id", "b"],
    ],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id", "user-1"),
  },
  {
    name: "X-User-Id named in Connection",
    authorization,
    headers: [
      ["X-User-Id", "root"],
      ["Connection", "X-User-Id"],
    ],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id", "user-1"),
  },
  {
    name: "the set header named in Connection",
    authorization,
    headers: [["Connection", "x-user-id, x-tenant-id"]],
    expect: "allow",
    upstream: only("X-Tenant-Id", "acme"),
  },
  {
    name: "identity on a public route",
    target: "/open",
    headers: [["X-User-Id", "root"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id"),
  },
  {
    name: "identity on a public route by another spelling",
    target: "/open",
    headers: [["x_user_id", "root"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-User-Id"),
  },
  {
    name: "X-Tenant-Plan on an optional route without a credential",
    target: "/maybe",
    headers: [["X-Tenant-Plan", "gold"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-Tenant-Plan", "standard"),
  },
  {
    name: "the tenant header that resolution uses",
    authorization,
    headers: [["X-Tenant-ID", "acme"]],
    expect: "allow",
    upstream: only("X-Tenant-Id", "acme"),
  },
  {
    name: "the tenant header by another spelling",
    authorization,
    headers: [["X_Tenant_ID", "globex"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-Tenant-Id", "acme"),
  },
  {
    name: "a policy's own header",
    authorization,
    compiled: custom,
    headers: [["acting-subject", "root"]],
    expect: "allow",
    upstream: only("Acting-Subject", "user-1"),
  },
  {
    name: "a policy's own header by another spelling",
    authorization,
    compiled: custom,
    headers: [["Acting_Subject", "root"]],
    expect: "allow",
    upstream: only("Acting-Subject", "user-1"),
  },
  {
    name: "a claim's header when the token lacks the claim",
    authorization,
    compiled: custom,
    headers: [["Cost-Centre", "1"]],
    expect: "allow",
    upstream: only("Cost-Centre"),
  },
  {
    name: "X-Tenant-Id where the policy sets none",
    authorization,
    compiled: custom,
    headers: [["X-Tenant-Id", "globex"]],
    expect: "allow",
    findings: SPOOFED,
    upstream: only("X-Tenant-Id"),
  },
  { name: "the consumed Authorization", authorization, expect: "allow", upstream: only("Authorization") },
  {
    name: "Authorization where it is passed through",
    authorization,
    compiled: passing,
    expect: "allow",
    upstream: only("Authorization", authorization),
  },
  {
    name: "the tenant header of pass_through",
    authorization,
    compiled: passing,
    headers: [["Acting-Tenant", "globex"]],
    expect: "allow",
    upstream: only("Acting-Tenant", "acme"),
  },
  {
    name: "Forwarded and X-Forwarded-For",
    authorization,
    headers: [
      ["Forwarded", "for=10.0.0.1"],
      ["X-Forwarded-For", "10.0.0.1"],
    ],
    expect: "allow",
    upstream: only("X-Forwarded-For"),
    onWire: { gatewaySets: true },
  },
  { name: "a name with an underscore that is nobody's", authorization, headers: [["my_header", "1"]], expect: "allow", upstream: only("my-header") },
  {
    name: "X-Request-Id",
    authorization,
    headers: [["X-Request-Id", "abc"]],
    expect: "allow",
    upstream: only("X-Request-Id"),
    onWire: { gatewaySets: true },
  },
  {
    name: "a field that Connection names",
    authorization,
    headers: [
      ["Connection", "close, X-Debug"],
      ["X-Debug", "1"],
    ],
    expect: "allow",
    upstream: only("X-Debug"),
  },
  {
    name: "a trailer announced",
    authorization,
    headers: [
      ["Trailer", "X-User-Id"],
      ["TE", "trailers"],
    ],
    expect: "allow",
    upstream: only("Trailer"),
  },
  { name: "an ordinary field", authorization, headers: [["X-Debug", "1"]], expect: "allow", upstream: only("X-Debug", "1") },
];

export const spoofedHeadersTable: HostileTable = { clause: 7, title: "identity names never pass from a client", cases };
