import { authenticate, type CompiledSnapshot, compileSnapshot, type KeySource } from "@sallyport/pipeline";
import { createNodePorts } from "@sallyport/pipeline-node";
import { fleetSection, type TenantSection, tenantSection } from "@sallyport/snapshot";
import fc from "fast-check";
import { expect, it } from "vitest";
import { warningsBetween } from "./warnings-between.js";

const PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", "/b/x", "/c"];
const METHODS = ["GET", "POST", "PUT"];

const route = fc.record({
  pathPrefix: fc.constantFrom("/", "/a", "/a/", "/a/b", "/ab", "/b/"),
  methods: fc.subarray(["GET", "POST"]),
  upstream: fc.constant("u"),
  authentication: fc.constantFrom("required", "optional", "public", "deny").map((mode) => ({ mode })),
});
const sections = fc.dictionary(fc.constantFrom("r1", "r2", "r3"), route).map((routes) =>
  tenantSection.parse({
    ...{ kind: "tenant", slug: "acme", plan: "standard", status: "active", domains: [], routes, upstreams: { u: { url: "http://u" } } },
    ...{ identityProviders: {}, rateLimitPolicies: {}, propagationPolicies: {}, degradationPolicies: {} },
  }),
);

const noKeys: KeySource = {
  current: () => null,
  load: async () => ({ unavailable: "nobody is asked" }),
  refreshForUnknownKid: () => null,
  refusedUnknownKid: () => undefined,
};
const ports = createNodePorts({ keys: noKeys, limits: { take: () => ({ allowed: true, remaining: 1, retryAfterSeconds: 0 }) } });
const fleet = fleetSection.parse({ kind: "fleet", settings: {}, rateLimitPolicies: {} });

function compiled(section: TenantSection): CompiledSnapshot | null {
  const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet, tenants: [section] });
  return result.ok ? result.compiled : null;
}

/** What the node's own pipeline says to a request without a credential. */
async function answer(snapshot: CompiledSnapshot, method: string, path: string): Promise<string> {
  const target = `/tenants/acme${path}`;
  const facts = { method, target, rawHeaders: ["Host", "h.example"], remoteAddress: "192.0.2.1", secure: true, requestId: "r", connection: null };
  const decision = await authenticate(snapshot, facts, ports);
  return decision.outcome === "deny" ? decision.code : decision.outcome;
}

const NO_ROUTE = new Set(["route_not_found", "method_not_allowed"]);

it("a publish is told to open something exactly when a request without a credential passes that a route refused", async () => {
  let opening = 0;
  await fc.assert(
    fc.asyncProperty(sections, sections, async (before, after) => {
      const [old, fresh] = [compiled(before), compiled(after)];
      fc.pre(old !== null && fresh !== null);
      if (old === null || fresh === null) return;
      let opened = false;
      for (const path of PATHS)
        for (const method of METHODS) {
          const [was, is] = [await answer(old, method, path), await answer(fresh, method, path)];
          opened ||= was !== "allow" && !NO_ROUTE.has(was) && is === "allow";
        }
      opening += Number(opened);
      expect(warningsBetween({ before, after }).some(({ severity }) => severity === "opening")).toBe(opened);
    }),
    { numRuns: 1_500, seed: 20_261_126 },
  );
  expect(opening).toBeGreaterThan(100);
}, 60_000);
