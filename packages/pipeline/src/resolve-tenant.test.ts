import { describe, expect, test } from "vitest";
import { type Asked, ask, compileOrThrow, fleetOf, inputOf, tenantOf } from "./testing/open-fleet.fixture.js";

const tenants = [
  tenantOf("acme", { domains: ["api.acme.example", "acme.api.example.com"] }),
  tenantOf("globex", { domains: ["globex.example"] }),
  tenantOf("frozen", { status: "suspended" }),
  tenantOf("xn"),
];
const fleetWith = (settings: Record<string, unknown> = {}) =>
  compileOrThrow(inputOf(tenants, fleetOf({ baseDomains: ["api.example.com", "eu.api.example.com"], ...settings })));
const all = fleetWith({ resolution: ["custom_domain", "subdomain", "path", "header"] });
const byDefault = fleetWith();

function answer(compiled: typeof all, asked: Asked): string {
  const decision = ask(compiled, asked);
  return decision.outcome === "allow"
    ? `${decision.tenant.slug} ${decision.upstreamTarget}`
    : decision.outcome === "deny"
      ? decision.code
      : decision.outcome;
}
const header = (value: string, name = "X-Tenant-ID") => [[name, value]] as const;

describe("BEHAVIOUR §1: who is asked for", () => {
  test.each<[string, Asked, string]>([
    ["a custom domain", { host: "api.acme.example" }, "acme /"],
    ["a custom domain in capitals with port and dot", { host: "API.Acme.Example.:8443" }, "acme /"],
    ["a custom domain's subdomain", { host: "x.api.acme.example" }, "tenant_not_identified"],
    ["a host that ends like a custom domain", { host: "evilapi.acme.example" }, "tenant_not_identified"],
    ["a subdomain", { host: "globex.api.example.com" }, "globex /"],
    ["a subdomain of the longer base domain", { host: "globex.eu.api.example.com" }, "globex /"],
    ["a subdomain that is a custom domain too", { host: "acme.api.example.com" }, "acme /"],
    ["two labels under a base domain", { host: "x.globex.api.example.com" }, "tenant_not_identified"],
    ["a base domain itself", { host: "api.example.com" }, "tenant_not_identified"],
    ["a base domain that lies under another", { host: "eu.api.example.com" }, "tenant_not_identified"],
    ["a host that ends like a base domain", { host: "globexapi.example.com" }, "tenant_not_identified"],
    ["a subdomain of nobody", { host: "nobody.api.example.com" }, "tenant_not_found"],
    ["a subdomain with an underscore", { host: "a_b.api.example.com" }, "tenant_not_found"],
    ["a subdomain of a suspended tenant", { host: "frozen.api.example.com" }, "tenant_suspended"],
    ["an address", { host: "192.0.2.1:8080" }, "tenant_not_identified"],
    ["an IPv6 address", { host: "[2001:db8::1]:8080" }, "tenant_not_identified"],
    ["a path", { host: "localhost", target: "/tenants/globex/orders?x=1" }, "globex /orders?x=1"],
    ["a path that ends with the slug", { host: "localhost", target: "/tenants/globex?x=1" }, "globex /?x=1"],
    ["a path that ends with a slash", { host: "localhost", target: "/tenants/globex/" }, "globex /"],
    ["a path of nobody", { host: "localhost", target: "/tenants/nobody/x" }, "tenant_not_found"],
    ["a path with a slug in capitals", { host: "localhost", target: "/tenants/Globex/x" }, "tenant_not_found"],
    ["a path with an escaped slug", { host: "localhost", target: "/tenants/%67lobex/x" }, "tenant_not_found"],
    ["a path whose slug is an object's member", { host: "localhost", target: "/tenants/constructor" }, "tenant_not_found"],
    ["the prefix without a slug", { host: "localhost", target: "/tenants/" }, "tenant_not_identified"],
    ["the prefix alone", { host: "localhost", target: "/tenants" }, "tenant_not_identified"],
    ["a longer word than the prefix", { host: "localhost", target: "/tenantsx/globex" }, "tenant_not_identified"],
    ["the prefix in the query", { host: "localhost", target: "/?/tenants/globex" }, "tenant_not_identified"],
    ["a header", { host: "localhost", headers: header("globex") }, "globex /"],
    ["a header in another case", { host: "localhost", headers: header("globex", "x-tenant-id") }, "globex /"],
    ["a header by another spelling", { host: "localhost", headers: header("globex", "X_Tenant_ID") }, "tenant_not_identified"],
    ["a header of nobody", { host: "localhost", headers: header("nobody") }, "tenant_not_found"],
    ["an empty header", { host: "localhost", headers: header("") }, "tenant_not_identified"],
    ["all four, agreeing", { host: "acme.api.example.com", target: "/tenants/acme/x", headers: header("acme") }, "acme /x"],
    ["host against path", { host: "acme.api.example.com", target: "/tenants/globex/x" }, "tenant_conflict"],
    ["host against the path of nobody", { host: "acme.api.example.com", target: "/tenants/nobody/x" }, "tenant_conflict"],
    ["host against header", { host: "globex.example", headers: header("acme") }, "tenant_conflict"],
    ["path against header", { host: "localhost", target: "/tenants/acme", headers: header("globex") }, "tenant_conflict"],
    ["an active tenant against a suspended one", { host: "acme.api.example.com", headers: header("frozen") }, "tenant_conflict"],
  ])("%s", (_, asked, expected) => {
    expect(answer(all, asked)).toBe(expected);
  });

  test("a conflict is reported with both names, and with nothing else that the client wrote", () => {
    const decision = ask(all, { host: "acme.api.example.com", headers: header("<script>") });
    expect(decision).toMatchObject({ outcome: "deny", code: "tenant_conflict" });
    expect(decision.findings).toEqual([
      expect.objectContaining({
        kind: "tenant_conflict",
        tenant: "acme",
        detail: "custom_domain names acme, header names no slug",
      }),
    ]);
  });

  test("a source that is switched off names nobody", () => {
    expect(answer(byDefault, { host: "localhost", headers: header("globex") })).toBe("tenant_not_identified");
    expect(answer(byDefault, { host: "acme.api.example.com", headers: header("globex") })).toBe("acme /");
    const pathOnly = fleetWith({ resolution: ["path"] });
    expect(answer(pathOnly, { host: "acme.api.example.com" })).toBe("tenant_not_identified");
    expect(answer(pathOnly, { host: "acme.api.example.com", target: "/tenants/globex" })).toBe("globex /");
  });

  test("the tenant's path stays where the fleet does not strip it, and the prefix is the fleet's", () => {
    const kept = fleetWith({ stripTenantPath: false, tenantPathPrefix: "/t/v1" });
    expect(answer(kept, { host: "localhost", target: "/t/v1/globex/x" })).toBe("globex /t/v1/globex/x");
    expect(answer(kept, { host: "localhost", target: "/tenants/globex/x" })).toBe("tenant_not_identified");
  });
});
