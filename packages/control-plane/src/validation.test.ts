import { identityProviderSpec, tenantSpec } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ServiceError } from "./errors.js";
import { decodeCursor, encodeCursor } from "./page.js";
import { check, parse } from "./validation.js";

const issuesOf = (input: unknown) => {
  const result = check(z.strictObject({ spec: identityProviderSpec }), input);
  return result.ok ? [] : result.issues;
};
const good = { issuer: "https://login.acme.example", audiences: ["api"] };

describe("a wrong field", () => {
  it.each([
    ["a missing one", { spec: { audiences: ["api"] } }, "spec.issuer", "is missing; give a string"],
    ["a wrong type", { spec: { ...good, clockToleranceSeconds: "30" } }, "spec.clockToleranceSeconds", "is of the wrong type; give a number"],
    ["a misspelt one", { spec: { ...good, audience: "api" } }, "spec", "has no field audience here; remove it or check its spelling"],
    ["a figure past its bound", { spec: { ...good, clockToleranceSeconds: 61 } }, "spec.clockToleranceSeconds", "at most 60 s is allowed"],
    ["a figure below its bound", { spec: { ...good, clockToleranceSeconds: -1 } }, "spec.clockToleranceSeconds", "is too small; the least is 0"],
    [
      "an empty list",
      { spec: { ...good, audiences: [] } },
      "spec.audiences",
      "name at least one audience: without one every token of the issuer would be accepted",
    ],
    [
      "a value that is not in the language",
      { spec: { ...good, algorithms: ["none"] } },
      "spec.algorithms.0",
      "is not allowed; choose one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA",
    ],
    [
      "an unknown kind",
      { spec: { ...good, keys: { kind: "magic" } } },
      "spec.keys.kind",
      "fits none of the allowed forms; compare it with the reference of this kind",
    ],
  ])("is named with reason and remedy: %s", (_what, input, path, message) => {
    expect(issuesOf(input)).toEqual([{ path, message }]);
  });

  it("is refused with a sentence that begins with the field", () => {
    const attempt = () => parse(tenantSpec, { displayName: "", plan: "Gold!" });
    expect(attempt).toThrow(ServiceError);
    expect(attempt).toThrow(/^displayName is too short; the least is 1 character \(and 1 more\)\.$/);
  });
});

describe("a cursor", () => {
  it("comes back as it was made, and nothing else is taken for one", () => {
    const shape = z.tuple([z.int(), z.uuid()]);
    const values: [number, string] = [1, "0198f0a0-0000-7000-8000-000000000001"];
    expect(decodeCursor(encodeCursor(values), shape)).toEqual(values);
    for (const bad of ["", "x", encodeCursor(["1", 2]), encodeCursor([1]), "e30"]) expect(() => decodeCursor(bad, shape)).toThrow(ServiceError);
  });
});
