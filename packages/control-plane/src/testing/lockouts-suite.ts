import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.js";
import { type StateFleet, type StateServer, startStateFleet } from "./state-fleet.js";
import { admin } from "./test-fleet.js";

const RULE = { failures: 5, windowMs: 60_000, lockoutMs: 300_000 };

/** What the console does with lockouts, whatever they are kept in. */
export function lockoutsSuite(name: string, startServer: () => Promise<StateServer>): void {
  describe(`addresses that are locked out, in ${name}`, () => {
    let state: StateFleet;
    let server: StateServer;
    let store: StateFleet["store"];
    let fleet: StateFleet["fleet"];
    beforeAll(async () => {
      state = await startStateFleet(startServer);
      ({ server, store, fleet } = state);
    }, 120_000);
    afterAll(() => state?.close());

    const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
    const lockOut = (tenant: string, address: string) =>
      store.lockouts.fail({ tenant, address, username: null }, RULE, { by: "node-1", reason: "invalid_api_key", times: 5 });
    const lastAudit = async () => (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 1 })).items[0];

    it("are listed with why and until when, at their own tenant, and end there with an audit row", async () => {
      await lockOut("acme", "203.0.113.7");
      const scope = await scopeOf("acme");
      const { items, total } = await fleet.cp.lockouts.list(scope, {});
      expect(total).toBe(1);
      expect(items).toMatchObject([{ address: "203.0.113.7", failures: 5, reason: "invalid_api_key" }]);
      const [{ id, since, until } = { id: "", since: new Date(0), until: new Date(0) }] = items;
      expect(until.getTime() - since.getTime()).toBe(300_000);

      const foreign = await scopeOf("globex");
      expect(await fleet.cp.lockouts.list(foreign, {})).toEqual({ items: [], total: 0 });
      expect((await refusalOf(fleet.cp.lockouts.end(foreign, { id }))).code).toBe("not_found");
      expect(await fleet.cp.lockouts.endAll(foreign)).toEqual({ ended: 0 });

      const everywhere = await fleet.cp.access.fleet(admin, "tenant.read");
      expect((await fleet.cp.lockouts.find(everywhere, { search: "203.0.113.7" })).items).toEqual([{ ...items[0], tenant: "acme" }]);
      await fleet.cp.lockouts.end(scope, { id });
      expect(await lastAudit()).toMatchObject({
        ...{ action: "lockout.end", targetName: "203.0.113.7", tenant: "acme" },
        before: { failures: 5, reason: "invalid_api_key", until: until.toISOString() },
      });
      expect(await fleet.cp.lockouts.list(scope, {})).toEqual({ items: [], total: 0 });
      expect((await refusalOf(fleet.cp.lockouts.end(scope, { id }))).code).toBe("not_found");
    });

    it("are found at every tenant, also by an address within the /64 that is locked out", async () => {
      const everywhere = await fleet.cp.access.fleet(admin, "tenant.read");
      await lockOut("acme", "2001:db8:7:7::/64");
      await lockOut("globex", "2001:db8:7:7::/64");
      const username = "Grace.Hopper@acme.example";
      await store.lockouts.fail({ tenant: "acme", address: "*", username }, RULE, { reason: "upstream_401", by: "node-1", times: 5 });
      const found = async (input: Parameters<typeof fleet.cp.lockouts.find>[1]) => {
        const { items, total } = await fleet.cp.lockouts.find(everywhere, input);
        return [total, ...items.map(({ tenant, kind, address }) => `${tenant} ${kind} ${address}`).sort()];
      };
      const both = ["acme address 2001:db8:7:7::/64", "globex address 2001:db8:7:7::/64"];
      expect(await found({ search: " 2001:DB8:7:7:1::5 " })).toEqual([2, ...both]);
      expect(await found({ search: "2001:db8:7:8::5" })).toEqual([0]);
      expect(await found({ search: "2001:db8:7", tenant: "globex" })).toEqual([1, both[1]]);
      expect(await found({ search: "grace.hopper", kind: "username" })).toEqual([1, "acme username *"]);
      expect(await found({ search: "grace.hopper", kind: "address" })).toEqual([0]);
      for (const slug of ["acme", "globex"]) await fleet.cp.lockouts.endAll(await scopeOf(slug));
    });

    it("end all together at every tenant, by address or by tenant, each tenant with an audit row; whoever is not meant stays", async () => {
      const everywhere = await fleet.cp.access.fleet(admin, "lockout.end");
      for (const slug of ["acme", "globex"]) for (const address of ["198.51.100.7", "198.51.100.8"]) await lockOut(slug, address);
      expect((await refusalOf(fleet.cp.lockouts.endFound(everywhere, {}))).code).toBe("invalid");
      expect(await fleet.cp.lockouts.endFound(everywhere, { search: "198.51.100.7" })).toEqual({ ended: 2 });
      const audit = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 2 })).items;
      expect(audit.map(({ action, tenant, before }) => ({ action, tenant, before }))).toEqual(
        expect.arrayContaining(
          ["acme", "globex"].map((tenant) => ({ action: "lockout.end_lockouts", tenant, before: { lockouts: 1, search: "198.51.100.7" } })),
        ),
      );
      expect(await fleet.cp.lockouts.endFound(everywhere, { tenant: "globex" })).toEqual({ ended: 1 });
      const left = await fleet.cp.lockouts.find(everywhere, {});
      expect(left.items.map(({ tenant, address }) => `${tenant} ${address}`)).toEqual(["acme 198.51.100.8"]);
      expect(await fleet.cp.lockouts.endFound(everywhere, { search: "no such" })).toEqual({ ended: 0 });
      expect(await fleet.cp.lockouts.endFound(everywhere, { kind: "address" })).toEqual({ ended: 1 });
    });

    it("end all together, more than one look at the list holds, and nobody else's", async () => {
      for (let block = 0; block < 13; block += 1) await Promise.all(Array.from({ length: 40 }, (_, at) => lockOut("acme", `198.51.${block}.${at}`)));
      await lockOut("globex", "198.51.100.1");
      const scope = await scopeOf("acme");
      const { items, total } = await fleet.cp.lockouts.list(scope, { limit: 20 });
      expect([items.length, total]).toEqual([20, 520]);
      expect(await fleet.cp.lockouts.endAll(scope)).toEqual({ ended: 520 });
      expect(await lastAudit()).toMatchObject({ action: "lockout.end_lockouts", targetName: "acme", before: { lockouts: 520 } });
      expect((await fleet.cp.lockouts.list(await scopeOf("globex"), {})).total).toBe(1);
    });

    it("end as many as there were, while somebody goes on guessing", async () => {
      for (let at = 0; at < 5; at += 1) await lockOut("acme", `192.0.2.${at}`);
      let goesOn = true;
      const guess = async (block: number): Promise<void> => {
        for (let at = 0; goesOn && at < 60_000; at += 1) await lockOut("acme", `10.${block}.${at >> 8}.${at & 255}`);
      };
      const guessing = Promise.all(Array.from({ length: 8 }, (_, block) => guess(block)));
      const { ended } = await fleet.cp.lockouts.endAll(await scopeOf("acme"));
      goesOn = false;
      await guessing;
      expect(ended).toBeGreaterThanOrEqual(5);
      await fleet.cp.lockouts.endAll(await scopeOf("acme"));
      expect((await fleet.cp.lockouts.list(await scopeOf("acme"), {})).total).toBe(0);
    }, 60_000);

    it("are not made up while the store is away, and what may have been ended is on record", async () => {
      const scope = await scopeOf("acme");
      await server.halt();
      expect((await refusalOf(fleet.cp.lockouts.list(scope, {}))).code).toBe("unavailable");
      const everywhere = await fleet.cp.access.fleet(admin, "tenant.read");
      expect((await refusalOf(fleet.cp.lockouts.find(everywhere, {}))).code).toBe("unavailable");
      expect((await refusalOf(fleet.cp.lockouts.end(scope, { id: "A".repeat(43) }))).code).toBe("unavailable");
      expect(await lastAudit()).toMatchObject({ action: "lockout.end", targetName: "A".repeat(43), before: null });
      const all = await fleet.cp.access.fleet(admin, "lockout.end");
      expect((await refusalOf(fleet.cp.lockouts.endFound(all, { search: "10.1" }))).code).toBe("unavailable");
      expect(await lastAudit()).toMatchObject({ action: "lockout.end_lockouts", before: { lockouts: null, search: "10.1" } });
      expect((await refusalOf(fleet.cp.lockouts.endAll(scope))).code).toBe("unavailable");
      expect(await lastAudit()).toMatchObject({ action: "lockout.end_lockouts", targetName: "acme", before: { lockouts: null } });
    }, 60_000);
  });
}
