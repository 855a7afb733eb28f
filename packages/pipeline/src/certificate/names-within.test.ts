import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Certificate } from "../x509/certificate.js";
import { areDisjoint, isWithin } from "./names-within.js";

type Within = Parameters<typeof areDisjoint>[0];
const certificateWith = (names: Partial<Certificate["names"]>, organizationalUnits: readonly string[] = []): Certificate => ({
  ...{ der: "", issuer: "", subject: "", publicKey: "", notBeforeMs: 0, notAfterMs: 0, strong: true, commonNames: [], organizationalUnits },
  ...{ basicConstraints: null, keyUsage: null, extendedKeyUsage: null, notUnderstood: false, names: { uri: [], dns: [], email: [], ...names } },
});

describe("the names of a certificate", () => {
  test.each<[string, Within, Certificate, boolean]>([
    ["anything where nothing is asked", null, certificateWith({}), true],
    ["a URI below", { kind: "uri", value: "spiffe://a/" }, certificateWith({ uri: ["spiffe://a/x"] }), true],
    ["a URI that only begins alike", { kind: "uri", value: "spiffe://a/" }, certificateWith({ uri: ["spiffe://a.b/x"] }), false],
    ["one of two URIs", { kind: "uri", value: "spiffe://a/" }, certificateWith({ uri: ["spiffe://a/x", "spiffe://b/x"] }), false],
    ["no URI", { kind: "uri", value: "spiffe://a/" }, certificateWith({ dns: ["a"] }), false],
    ["the domain", { kind: "dns", value: "a.example" }, certificateWith({ dns: ["A.example"] }), true],
    ["a host of the domain", { kind: "dns", value: "a.example" }, certificateWith({ dns: ["x.y.a.example"] }), true],
    ["a domain that only ends alike", { kind: "dns", value: "a.example" }, certificateWith({ dns: ["ba.example"] }), false],
    ["an address of the domain", { kind: "email", value: "a.example" }, certificateWith({ email: ["x@a.example"] }), true],
    ["an address with the domain in front", { kind: "email", value: "a.example" }, certificateWith({ email: ["a.example@b.example"] }), false],
    ["the unit", { kind: "organizational_unit", value: "a" }, certificateWith({}, ["a"]), true],
    ["two units", { kind: "organizational_unit", value: "a" }, certificateWith({}, ["a", "b"]), false],
  ])("%s", (_, within, certificate, expected) => {
    expect(isWithin(within, certificate)).toBe(expected);
  });

  test("are never within both of two that are disjoint", () => {
    const label = fc.constantFrom("a", "b", "ab", "a.b", "b.a.b");
    const within = fc.oneof(
      label.map((value) => ({ kind: "uri" as const, value: `spiffe://${value}/` })),
      label.map((value) => ({ kind: "uri" as const, value: `spiffe://a/${value}/` })),
      label.map((value) => ({ kind: "dns" as const, value })),
      label.map((value) => ({ kind: "email" as const, value })),
      label.map((value) => ({ kind: "organizational_unit" as const, value })),
    );
    const certificate = fc
      .record({
        uri: fc.array(fc.tuple(label, label).map(([host, path]) => `spiffe://${host}/${path}/x`)),
        dns: fc.array(label),
        email: fc.array(label.map((host) => `x@${host}`)),
        units: fc.array(label),
      })
      .map(({ units, ...names }) => certificateWith(names, units));
    fc.assert(
      fc.property(within, within, certificate, (one, other, presented) => {
        if (areDisjoint(one, other)) expect(isWithin(one, presented) && isWithin(other, presented)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
