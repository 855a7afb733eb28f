import { claimMapping } from "@sallyport/snapshot";
import { expect, test } from "vitest";
import { mappedClaims } from "./principal.js";

const CLAIMS = {
  sub: "ada",
  email: "ada@acme.example",
  scp: ["read", "not a scope"],
  realm_access: { roles: ["admin", 7, ""] },
  org_id: { id: 1 },
  sid: "s-1",
};

test("says what a mapping would make of claims, by the rules that verified ones are read by", () => {
  expect(mappedClaims(CLAIMS, claimMapping.parse({ roles: "/realm_access/roles" }))).toEqual({
    ...{ email: "ada@acme.example", roles: ["admin"], scopes: ["read"], organization: null, hasSession: true },
  });
});

test("what is switched off is not read, and a scope claim of one's own has no other in its place", () => {
  const off = claimMapping.parse({ email: null, roles: null, scopes: "permissions", organization: null, sessionId: null });
  expect(mappedClaims(CLAIMS, off)).toEqual({ email: null, roles: [], scopes: [], organization: null, hasSession: false });
});
