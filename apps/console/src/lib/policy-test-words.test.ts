import { policyTestSpec } from "@sallyport/snapshot";
import { expect, it } from "vitest";
import { claimLines, claimsOf, headerLines, headersOf, policyTestWords } from "./policy-test-words";

const wordsOf = (spec: unknown, isOfFleet = false) => policyTestWords(policyTestSpec.parse(spec), isOfFleet);
const deny = { outcome: "deny", code: "missing_token" };

it.each<[unknown, string]>([
  [{ expect: deny }, "GET / without a credential is refused with missing_token"],
  [
    {
      credential: { kind: "token", identityProvider: "main", claims: { scope: "read", org: null } },
      expect: { outcome: "allow", subject: "a", route: "r" },
    },
    "GET / with a token of main (scope read, no org) is let in as a by the route r",
  ],
  [
    { credential: { kind: "token", identityProvider: "main", flaw: "wrong_audience" }, expect: { ...deny, code: "invalid_token" } },
    "GET / with a token for another audience, issued by main is refused with invalid_token",
  ],
  [{ credential: { kind: "foreign_token" }, expect: deny }, "GET / with a token of another tenant is refused with missing_token"],
  [
    { credential: { kind: "api_key", scopes: ["b", "a"] }, expect: { outcome: "allow", headers: [{ name: "X-A", value: null }] } },
    "GET / with an API key (a b) is let in, and the upstream is sent it without X-A",
  ],
])("says what a test of a tenant means", (spec, words) => {
  expect(wordsOf(spec)).toBe(words);
});

it("says of a test of the fleet where it holds", () => {
  expect(wordsOf({ expect: deny }, true)).toContain("GET / at each tenant ");
  expect(wordsOf({ request: { tenant: "acme" }, expect: deny }, true)).toContain("GET / at acme ");
  expect(wordsOf({ request: { host: "a.example" }, expect: deny }, true)).toContain("GET / on a.example ");
});

it("claims and headers are the same after they were lines", () => {
  const claims = { scope: "read, write", n: 7, roles: ["a", "b"], gone: null, text: "7", quoted: '"x"', org: { id: "1" }, empty: "" };
  expect(claimsOf(claimLines(claims))).toEqual(claims);
  const headers = [
    { name: "X-A", value: "b: c" },
    { name: "X-B", value: null },
    { name: "X-C", value: "" },
  ];
  expect(headersOf(headerLines(headers))).toEqual(headers);
});
