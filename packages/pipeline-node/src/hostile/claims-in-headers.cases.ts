import assert from "node:assert/strict";
import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";

const signed = (over: Record<string, unknown>) => bearer(acmeMint.token(claimsOf("acme", over)));

/** All values that the upstream would get under a name. */
function valuesOf(sent: Sent, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < sent.upstreamHeaders.length; index += 2) {
    if (sent.upstreamHeaders[index]?.toLowerCase() === name) values.push(sent.upstreamHeaders[index + 1] ?? "");
  }
  return values;
}
const has =
  (name: string, ...values: string[]) =>
  (sent: Sent) =>
    assert.deepEqual(valuesOf(sent, name), values);

const further = compiled([
  tenant("acme", {
    routes: { main: { upstream: "main", propagation: "all", authentication: { mode: "required" } } },
    propagationPolicies: {
      all: {
        strategy: "headers",
        claims: [
          { header: "X-Department", claim: "department" },
          { header: "X-Deep", claim: "/a/b/0" },
        ],
      },
    },
  }),
]);

const cases: HostileCase[] = [
  { name: "a plain e-mail", authorization: signed({ email: "a@b.example" }), expect: "allow", upstream: has("x-user-email", "a@b.example") },
  {
    name: "CR LF in the e-mail",
    authorization: signed({ email: "a@b\r\nX-User-Roles: admin" }),
    expect: "allow",
    upstream: has("x-user-email", "a@b%0D%0AX-User-Roles:%20admin"),
  },
  { name: "NUL in the e-mail", authorization: signed({ email: "a\0b" }), expect: "allow", upstream: has("x-user-email", "a%00b") },
  {
    name: "an umlaut in the e-mail",
    authorization: signed({ email: "jürgen@b.example" }),
    expect: "allow",
    upstream: has("x-user-email", "j%C3%BCrgen@b.example"),
  },
  { name: "an emoji in the e-mail", authorization: signed({ email: "\u{1f600}" }), expect: "allow", upstream: has("x-user-email", "%F0%9F%98%80") },
  { name: "a percent sign in the e-mail", authorization: signed({ email: "%0d%0a" }), expect: "allow", upstream: has("x-user-email", "%250d%250a") },
  {
    name: "a lone surrogate in the e-mail",
    authorization: signed({ email: "a\ud800b" }),
    expect: "allow",
    upstream: has("x-user-email", "a%EF%BF%BDb"),
  },
  { name: "an e-mail that is an object", authorization: signed({ email: { toString: "x" } }), expect: "allow", upstream: has("x-user-email") },
  { name: "an e-mail that is an array", authorization: signed({ email: ["a@b"] }), expect: "allow", upstream: has("x-user-email") },
  { name: "an e-mail of 5,500 characters", authorization: signed({ email: "e".repeat(5_500) }), expect: "allow", upstream: has("x-user-email") },
  { name: "roles in an array", authorization: signed({ roles: ["admin", "ops"] }), expect: "allow", upstream: has("x-user-roles", "admin,ops") },
  { name: "a role with a comma", authorization: signed({ roles: ["user,admin"] }), expect: "allow", upstream: has("x-user-roles", "user%2Cadmin") },
  {
    name: "a role with CR LF",
    authorization: signed({ roles: ["user\r\nX-User-Id: root"] }),
    expect: "allow",
    upstream: has("x-user-roles", "user%0D%0AX-User-Id:%20root"),
  },
  {
    name: "roles that are objects and numbers",
    authorization: signed({ roles: [{}, 1, null, "ops", ["admin"]] }),
    expect: "allow",
    upstream: has("x-user-roles", "ops"),
  },
  { name: "one role as text", authorization: signed({ roles: "ops" }), expect: "allow", upstream: has("x-user-roles", "ops") },
  {
    name: "more roles than fit",
    authorization: signed({ roles: Array.from({ length: 200 }, (_, n) => `ünïcödé-${n}`) }),
    expect: "allow",
    upstream: (sent) => assert.ok((valuesOf(sent, "x-user-roles")[0] ?? "").length <= 4_096),
  },
  { name: "roles as an object", authorization: signed({ roles: { admin: true } }), expect: "allow", upstream: has("x-user-roles") },
  { name: "an organisation with a tab", authorization: signed({ org_id: "a\tb" }), expect: "allow", upstream: has("x-org-id", "a%09b") },
  {
    name: "a session id",
    authorization: signed({ sid: "secret-session" }),
    expect: "allow",
    upstream: (sent) => assert.match(valuesOf(sent, "x-session-id")[0] ?? "", /^[\w-]{43}$/),
  },
  {
    name: "a session id with a lone surrogate",
    authorization: signed({ sid: "\udfff" }),
    expect: "allow",
    upstream: (sent) => assert.match(valuesOf(sent, "x-session-id")[0] ?? "", /^[\w-]{43}$/),
  },
  {
    name: "a scope with a quote",
    authorization: signed({ scope: 'read "x" write' }),
    expect: "allow",
    upstream: has("x-token-scopes", "read,write"),
  },
  { name: "exp as a fraction", authorization: signed({ exp: 1_790_000_600.75 }), expect: "allow", upstream: has("x-token-expires", "1790000600") },
  { name: "a sub with a percent sign", authorization: signed({ sub: "a%0a" }), expect: "allow", upstream: has("x-user-id", "a%250a") },
  {
    name: "a further claim",
    authorization: signed({ department: "R&D, Zürich" }),
    compiled: further,
    expect: "allow",
    upstream: has("x-department", "R&D,%20Z%C3%BCrich"),
  },
  {
    name: "a further claim that is an object",
    authorization: signed({ department: { a: 1 } }),
    compiled: further,
    expect: "allow",
    upstream: has("x-department"),
  },
  {
    name: "a further claim that is a list",
    authorization: signed({ department: ["a,b", 2, true, {}] }),
    compiled: further,
    expect: "allow",
    upstream: has("x-department", "a%2Cb,2,true"),
  },
  {
    name: "a further claim deep within",
    authorization: signed({ a: { b: ["x\ny"] } }),
    compiled: further,
    expect: "allow",
    upstream: has("x-deep", "x%0Ay"),
  },
];

export const claimsInHeadersTable: HostileTable = { clause: 6, title: "a claim never crashes and never injects", cases };
