import type { ConfigDocument } from "@sallyport/snapshot";
import { document } from "./documents.js";

const deny = (code: string, route?: string) => ({ outcome: "deny", code, ...(route === undefined ? {} : { route }) });
const test = (tenant: string | null, name: string, spec: Record<string, unknown>): ConfigDocument =>
  document({ kind: "PolicyTest", name, ...(tenant === null ? {} : { tenant }), spec });
const token = (identityProvider: string, claims: Record<string, unknown> = {}, more: object = {}) => ({
  kind: "token",
  identityProvider,
  claims,
  ...more,
});

/** What the demo's people have agreed on, as tests that every publish has to pass. */
export const demoPolicyTests = (): ConfigDocument[] => [
  test("acme", "payments-need-a-credential", {
    description: "Nobody reads payments without a token or a key.",
    request: { path: "/v1/payments/42" },
    expect: deny("missing_token", "payments"),
  }),
  test("acme", "payments-need-read", {
    description: "A token without the scope read sees no payments.",
    request: { path: "/v1/payments/42" },
    credential: token("main", { scope: "profile" }),
    expect: deny("insufficient_scope", "payments"),
  }),
  test("acme", "finance-reads-payments", {
    description: "Finance reads payments, and the upstream learns who it is.",
    request: { path: "/v1/payments/42" },
    credential: token("main", { sub: "finance-7", scope: "read" }),
    expect: { outcome: "allow", route: "payments", subject: "finance-7", headers: [{ name: "X-User-Id", value: "finance-7" }] },
  }),
  test("acme", "expired-tokens-end", {
    request: { path: "/v1/payments/42" },
    credential: token("main", { scope: "read" }, { flaw: "expired" }),
    expect: deny("token_expired"),
  }),
  test("acme", "exports-take-keys", {
    description: "The nightly export goes by its API key.",
    request: { path: "/v1/exports/today" },
    credential: { kind: "api_key", scopes: ["exports:read"] },
    expect: { outcome: "allow", route: "exports" },
  }),
  test("acme", "other-tenants-stay-out", {
    description: "A token of another tenant is refused and reported.",
    request: { path: "/v1/payments/42" },
    credential: { kind: "foreign_token" },
    expect: deny("tenant_mismatch"),
  }),
  test("globex", "batches-need-write", {
    request: { method: "POST", path: "/v1/batches" },
    credential: token("entra-main", { scope: "read" }),
    expect: deny("insufficient_scope", "batches"),
  }),
  test("globex", "payouts-are-read", {
    request: { path: "/v1/payouts?state=open" },
    credential: token("entra-main", { scope: "read" }),
    expect: { outcome: "allow", route: "payouts", headers: [] },
  }),
  test("hooli", "transfers-need-a-token", { request: { method: "POST", path: "/v1/transfers" }, expect: deny("missing_token", "transfers") }),
  test(null, "acme-stays-acmes", {
    description: "A token of globex opens nothing at acme.",
    request: { tenant: "acme", path: "/v1/payments/42" },
    credential: { kind: "foreign_token", tenant: "globex" },
    expect: deny("tenant_mismatch"),
  }),
  test(null, "unknown-hosts-are-nobodys", { request: { host: "nobody.example" }, expect: deny("tenant_not_identified") }),
];
