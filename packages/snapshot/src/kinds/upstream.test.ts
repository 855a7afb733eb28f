import { describe, expect, it } from "vitest";
import { canonicalJson, type JsonValue } from "../canonical.js";
import { targetsOf, upstreamSpec } from "./upstream.js";

const canonical = (input: unknown): string => canonicalJson(upstreamSpec.parse(input) as JsonValue);
const faults = (input: unknown): string[] =>
  upstreamSpec.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("an upstream's spec", () => {
  it("with a single url has the canonical form, and so the hash, that it had before there were targets", () => {
    expect(canonical({ url: "https://payouts.svc:8443/api/" })).toBe(
      '{"connectTimeoutMs":2000,"maxConnections":256,"responseTimeoutMs":30000,"url":"https://payouts.svc:8443/api"}',
    );
  });

  it("has one form for one set of targets, however they are ordered and written", () => {
    const written = canonical({
      targets: [{ url: "http://b/" }, { url: "http://a", weight: 2 }],
      activeHealth: { path: "/up", statuses: [204, 200, 204] },
    });
    expect(written).toBe(
      canonical({
        activeHealth: { path: "/up" },
        targets: [
          { url: "http://a", weight: 2 },
          { url: "http://b", weight: 1 },
        ],
      }),
    );
  });

  it.each([
    ["neither form", {}, "url: name either"],
    ["both forms", { url: "http://a", targets: [{ url: "http://a" }, { url: "http://b" }] }, "url: name either"],
    ["a list of one", { targets: [{ url: "http://a" }] }, "written as url"],
    ["a weight of nothing", { targets: [{ url: "http://a", weight: 0 }, { url: "http://b" }] }, "targets.0.weight"],
    ["a target with a query", { targets: [{ url: "http://a/?x" }, { url: "http://b" }] }, "targets.0.url: write http://"],
    ["a longest ejection under the first one", { url: "http://a", passiveHealth: { ejectSeconds: 20, maxEjectSeconds: 10 } }, "maxEjectSeconds"],
    ["a check without a path", { url: "http://a", activeHealth: { path: "up" } }, "activeHealth.path"],
    ["a status that is none", { url: "http://a", activeHealth: { path: "/", statuses: [99] } }, "activeHealth.statuses.0"],
    ["a member that it does not know", { url: "http://a", verify: false }, "Unrecognized key"],
  ])("refuses %s", (_name, input, fault) => {
    expect(faults(input).join("\n")).toContain(fault);
  });

  it("names its targets in either form", () => {
    expect(targetsOf(upstreamSpec.parse({ url: "http://a/" }))).toEqual([{ url: "http://a", weight: 1 }]);
    expect(targetsOf(upstreamSpec.parse({ targets: [{ url: "http://b" }, { url: "http://a" }] })).map(({ url }) => url)).toEqual([
      "http://a",
      "http://b",
    ]);
  });
});
