import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.close());

describe("the installation's name", () => {
  it("is changed by those who may write the fleet, with an audit row, and never twice over the same state", async () => {
    const scope = await fleet.cp.access.fleet(admin, "fleet.write");
    const { orgName: was, fleetId } = await fleet.cp.installation.facts();
    expect(await fleet.cp.installation.rename(scope, { orgName: " Ledgerline Payments ", was })).toMatchObject({
      orgName: "Ledgerline Payments",
      fleetId,
    });
    const late = await refusalOf(fleet.cp.installation.rename(scope, { orgName: "Another", was }));
    expect(late).toMatchObject({ code: "conflict", current: { orgName: "Ledgerline Payments" } });
    const [row] = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 1 })).items;
    expect(row).toMatchObject({ action: "installation.rename", targetName: "Ledgerline Payments" });
  });

  it("names the field that is wrong, and is not a reader's to change", async () => {
    const scope = await fleet.cp.access.fleet(admin, "fleet.write");
    const { orgName: was } = await fleet.cp.installation.facts();
    expect((await refusalOf(fleet.cp.installation.rename(scope, { orgName: "  ", was }))).issues).toEqual([
      { path: "orgName", message: "write the organisation's name" },
    ]);
    expect((await refusalOf(fleet.cp.access.fleet(actorOf("security_reviewer"), "fleet.write"))).code).toBe("forbidden");
  });
});
