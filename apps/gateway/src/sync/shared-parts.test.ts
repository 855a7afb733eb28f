import { canonicalJson, type JsonValue, type TenantSection, tenantSection } from "@sallyport/snapshot";
import { expect, it } from "vitest";
import { createSharedParts } from "./shared-parts.js";

const tenant = (slug: string, more: { readonly prefix?: string; readonly limit?: number } = {}): TenantSection =>
  tenantSection.parse({
    kind: "tenant",
    slug,
    plan: "standard",
    status: "active",
    domains: [`${slug}.example.com`],
    identityProviders: {
      main: { issuer: `https://id.example.com/${slug}`, keys: { kind: "jwks", url: `https://id.example.com/${slug}/jwks` }, audiences: ["api"] },
    },
    upstreams: { main: { url: "http://10.0.0.1:8080" } },
    routes: {
      api: { pathPrefix: more.prefix ?? "/", upstream: "main", authentication: { mode: "required" } },
      open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
    },
    rateLimitPolicies: { all: { key: ["tenant"], limit: more.limit ?? 100, burst: 10 } },
    propagationPolicies: {},
    degradationPolicies: {},
  });

const textOf = (section: TenantSection): string => canonicalJson(section as unknown as JsonValue);

it("leaves what every section says as it is, and makes equal parts one", () => {
  const share = createSharedParts();
  const [one, two] = [tenant("one"), tenant("two")];
  const said = [textOf(one), textOf(two)];
  expect([share(one), share(two)]).toEqual([one, two]);
  expect([textOf(one), textOf(two)]).toEqual(said);
  expect(one.routes).toBe(two.routes);
  expect(one.rateLimitPolicies).toBe(two.rateLimitPolicies);
  expect(one.identityProviders.main?.audiences).toBe(two.identityProviders.main?.audiences);
  expect(one.identityProviders.main?.issuer).not.toBe(two.identityProviders.main?.issuer);
});

it("tells records apart by their names and by every part of them", () => {
  const share = createSharedParts();
  const [one, two, three] = [tenant("one"), tenant("two", { prefix: "/v1" }), tenant("three", { limit: 99 })];
  for (const section of [one, two, three]) share(section);
  expect(two.routes.api?.pathPrefix).toBe("/v1");
  expect(two.routes.open).toBe(one.routes.open);
  expect(three.rateLimitPolicies.all?.limit).toBe(99);
  const renamed = tenant("four");
  renamed.routes = { open: renamed.routes.api as never, api: renamed.routes.open as never };
  const said = textOf(renamed);
  expect(textOf(share(renamed) as TenantSection)).toBe(said);
});

it("shares anew after it has seen more than it remembers", () => {
  const share = createSharedParts();
  for (let index = 0; index < 1_500; index += 1) share(tenant(`t-${index}`, { prefix: `/${index}` }));
  const [one, two] = [tenant("one"), tenant("two")];
  for (const section of [one, two]) share(section);
  expect(one.routes).toBe(two.routes);
});
