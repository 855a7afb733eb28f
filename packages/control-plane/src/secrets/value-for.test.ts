import { tenantSection, upstreamSpec } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { missingValues } from "./publish-secrets.js";
import { destinationsOf, type SectionUse, secretUsesOf } from "./secret-uses.js";
import { type ValueFacts, valueFor } from "./value-for.js";

const OLD = "https://old.example/introspect";
const NEW = "https://new.example/introspect";
const type = "client_secret";
const value = (version: number, destinations: readonly string[], more: Partial<ValueFacts> = {}): ValueFacts => ({
  ...{ name: "okta", version, type, destinations },
  ...more,
});

describe("a secret whose issuer or endpoint changes", () => {
  it("has no value for the new address until it is set again, and keeps the old one for the old address", () => {
    const values = [value(1, [OLD])];
    expect(valueFor(values, { type, destinations: [OLD] })?.version).toBe(1);
    expect(valueFor(values, { type, destinations: [NEW] })).toBeNull();
    expect(valueFor(values, { type, destinations: [OLD, NEW] })).toBeNull();
    // Set again for the new address, while what is live still sends to the old one.
    const both = [value(2, [NEW]), ...values];
    expect(valueFor(both, { type, destinations: [NEW] })?.version).toBe(2);
    expect(valueFor(both, { type, destinations: [OLD] })?.version).toBe(1);
  });

  it("is taken before its first use, and where nothing is sent, whatever it was set for", () => {
    expect(valueFor([value(1, [])], { type, destinations: [NEW] })?.version).toBe(1);
    expect(valueFor([value(1, [OLD]), value(2, [NEW])], { type, destinations: [] })?.version).toBe(2);
  });

  it("never has a value of another type", () => {
    expect(valueFor([value(1, [], { type: "private_key" })], { type, destinations: [] })).toBeNull();
  });

  it("never goes to an address that its value was not set for, however values and addresses stand", () => {
    const address = fc.constantFrom("https://a", "https://b", "https://c", "https://a/");
    const addresses = fc.uniqueArray(address, { maxLength: 3 });
    const values = fc.uniqueArray(fc.record({ version: fc.integer({ min: 1, max: 9 }), destinations: addresses }), { selector: (v) => v.version });
    fc.assert(
      fc.property(values, addresses, (stored, wanted) => {
        const all = stored.map(({ version, destinations }) => value(version, destinations));
        const chosen = valueFor(all, { type, destinations: wanted });
        const fits = (each: ValueFacts) => each.destinations.length === 0 || wanted.every((one) => each.destinations.includes(one));
        if (chosen === null) expect(all.some(fits)).toBe(false);
        else {
          expect(fits(chosen)).toBe(true);
          expect(all.filter((each) => each.version > chosen.version).some(fits)).toBe(false);
        }
      }),
    );
  });

  it("of a client certificate goes to whom the upstream's certificate names, else to each target's host", () => {
    const targets = [{ url: "https://a:8443/base" }, { url: "https://b/base" }];
    const uses = (tls: object) =>
      secretUsesOf({ kind: "Upstream", spec: upstreamSpec.parse({ targets, tls: { clientCertificate: "nodes", ...tls } }) });
    const use = { secret: "nodes", path: "spec.tls.clientCertificate" };
    expect(uses({})).toEqual([{ ...use, destinations: ["https://a:8443", "https://b"] }]);
    expect(uses({ serverName: "payouts.internal" })).toEqual([{ ...use, destinations: ["tls:payouts.internal"] }]);
    expect(secretUsesOf({ kind: "Upstream", spec: upstreamSpec.parse({ url: "https://a" }) })).toEqual([]);
  });

  it("cannot be published before it is set for where it goes, and the finding says which object and why", () => {
    const section = tenantSection.parse({
      ...{ kind: "tenant", slug: "acme", plan: "standard", status: "active", domains: [], secrets: { okta: {} } },
      ...{ identityProviders: {}, upstreams: {}, routes: {}, rateLimitPolicies: {}, propagationPolicies: {}, degradationPolicies: {} },
    });
    const uses: SectionUse[] = [{ secret: "okta", path: "spec.introspection.client.secret", destinations: [NEW], by: "identityProviders/main" }];
    expect(missingValues(section, uses, [])).toEqual([
      { path: "tenants/acme/identityProviders/main", message: expect.stringContaining("has no value yet") },
    ]);
    expect(missingValues(section, uses, [value(1, [OLD])])[0]?.message).toContain("set for another address");
    expect(missingValues(section, uses, [value(2, [NEW]), value(1, [OLD])])).toEqual([]);
    expect(destinationsOf([...uses, { ...uses[0], secret: "other" } as SectionUse, ...uses], "okta")).toEqual([NEW]);
  });
});
