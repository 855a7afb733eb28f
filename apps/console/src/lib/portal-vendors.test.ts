import { identityProviderSpec } from "@sallyport/snapshot";
import { expect, test } from "vitest";
import { VENDORS, vendorOf } from "./portal-vendors";

test("every guide begins with a mapping that the contract takes, and has its steps", () => {
  for (const { id, mapping, steps } of VENDORS) {
    expect(identityProviderSpec.safeParse({ issuer: "https://a.example", audiences: ["x"], claimMapping: mapping }).success, id).toBe(true);
    expect(steps.length, id).toBeGreaterThan(2);
  }
});

test.each([
  ["https://login.microsoftonline.com/7b0c/v2.0", "entra"],
  ["https://dev-1.okta.com/oauth2/default", "okta"],
  ["https://acme.eu.auth0.com/", "auth0"],
  ["https://accounts.google.com", "google"],
  ["https://sso.acme.example/realms/main", "keycloak"],
  ["https://auth.pingone.eu/7b0c/as", "ping"],
  ["https://okta.com.evil.example", "oidc"],
  ["https://login.acme.example", "oidc"],
])("%s is of %s", (issuer, id) => {
  expect(vendorOf({ issuer, introspection: null }).id).toBe(id);
});

test("one that is asked about tokens is of that guide, whoever runs it", () => {
  expect(vendorOf({ issuer: "https://dev-1.okta.com/oauth2/default", introspection: {} }).id).toBe("introspection");
});
