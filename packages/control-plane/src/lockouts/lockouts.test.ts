import { startPostgresServer } from "@sallyport/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lockoutsSuite } from "../testing/lockouts-suite.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

lockoutsSuite("PostgreSQL", async () => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
});
afterAll(() => fleet.close());

it("a console that was told of no store says how it is told", async () => {
  const scope = await fleet.cp.access.tenant(admin, "acme", "tenant.read");
  const refused = await refusalOf(fleet.cp.lockouts.list(scope, {}));
  expect([refused.code, refused.message]).toEqual(["not_configured", expect.stringContaining("SALLYPORT_STATE_URL")]);
  expect((await refusalOf(fleet.cp.lockouts.endAll(scope))).code).toBe("not_configured");
});
