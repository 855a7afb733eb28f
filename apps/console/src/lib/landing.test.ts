import { expect, test } from "vitest";
import { landingOf } from "@/lib/landing";

const fleet = (...roles: string[]) => roles.map((role) => ({ role, tenant: null }));

test("a reviewer starts on the alerts, and whoever can do more on the overview", () => {
  expect(landingOf(fleet("security_reviewer"))).toBe("/alerts");
  expect(landingOf(fleet("viewer", "security_reviewer"))).toBe("/alerts");
  for (const roles of [
    fleet("viewer"),
    fleet("operator"),
    fleet("security_reviewer", "publisher"),
    fleet(),
    [{ role: "tenant_admin", tenant: "acme" }],
  ])
    expect(landingOf(roles)).toBe("/");
});
