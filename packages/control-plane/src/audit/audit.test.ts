import { withFleet } from "@sallyport/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
});
afterAll(() => fleet.close());

const list = async (input: Parameters<typeof fleet.cp.audit.list>[1]) => fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), input);

describe("the audit log", () => {
  it("is paged newest first without a gap or a repeat, also among rows of one moment", async () => {
    const at = new Date(fleet.clock.now() - 3_600_000);
    await withFleet(fleet.data.fleet, async (tx) => {
      for (let index = 0; index < 7; index++)
        await tx.auditRecord.createMany({
          data: [
            { at, actorKind: "system", actorId: "system", actorName: "System", action: "test.tick", targetKind: "Test", targetName: `tick-${index}` },
          ],
        });
    });
    const all = (await list({ limit: 200 })).items.map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 2, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(seen.length);
    expect(all.length).toBeGreaterThan(14);
  });

  it("is filtered by actor, action, target, tenant and time", async () => {
    const actions = async (input: Parameters<typeof list>[0]) => (await list(input)).items.map(({ action, tenant }) => `${tenant} ${action}`).sort();
    expect(await actions({ tenant: "acme", action: "route" })).toEqual(["acme route.create"]);
    expect(await actions({ tenant: "acme", action: "route.create", actor: admin.name.slice(0, 4).toLowerCase() })).toEqual(["acme route.create"]);
    expect(await actions({ target: "Tenant/globex" })).toEqual(["globex tenant.create"]);
    expect(await actions({ actor: "nobody%" })).toEqual([]);
    expect(await actions({ tenant: "acme", to: new Date(fleet.clock.now() - 60_000) })).toEqual([]);
    expect((await actions({ action: "test", from: new Date(fleet.clock.now() - 7_200_000) })).length).toBe(7);
  });

  it("is read by those alone who may", async () => {
    expect(
      (await refusalOf(fleet.cp.access.fleet({ ...actorOf("viewer"), grants: { fleet: new Set(), tenants: new Map() } }, "audit.read"))).code,
    ).toBe("forbidden");
    const scope = await fleet.cp.access.fleet(admin, "audit.read");
    expect((await refusalOf(fleet.cp.audit.list(scope, { cursor: "made up" }))).issues[0]?.path).toBe("cursor");
  });
});
