import { createHash, randomBytes } from "node:crypto";
import { sessionIdOf } from "@sallyport/pipeline";
import { digest as digestOf } from "@sallyport/pipeline-node";
import type { NewSession } from "@sallyport/state-store";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.js";
import { type StateFleet, type StateServer, startStateFleet } from "./state-fleet.js";
import { admin } from "./test-fleet.js";

const LIFE = { idleMs: 60_000, absoluteMs: 600_000 };

/** What the console does with sessions, whatever they are kept in. */
export function tenantSessionsSuite(name: string, startServer: () => Promise<StateServer>): void {
  describe(`sessions of a tenant's people in ${name}`, () => {
    let state: StateFleet;
    let server: StateServer;
    let store: StateFleet["store"];
    let fleet: StateFleet["fleet"];
    beforeAll(async () => {
      state = await startStateFleet(startServer);
      ({ server, store, fleet } = state);
    }, 120_000);
    afterAll(() => state?.close());
    beforeEach(async () => {
      for (const slug of ["acme", "globex"]) await store.sessions.removeOfTenant(slug);
    });

    const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
    /** Somebody signs in. */
    async function signIn(tenant: string, subject: string, more: Partial<NewSession> = {}): Promise<string> {
      const digest = createHash("sha256").update(randomBytes(32)).digest("hex");
      const session = { identityProvider: "main", issuer: `https://login.${tenant}.example`, subject, idpSession: null, data: "{}", ...more };
      await store.sessions.create(tenant, digest, session, LIFE);
      return digest;
    }
    const idOf = (tenant: string, digest: string, identityProvider = "main") => sessionIdOf({ tenant, identityProvider, digest }, digestOf);
    const stateOf = async (tenant: string, digest: string) => (await store.sessions.get(tenant, digest)).state;
    async function listed(slug: string, input: { subject?: string; identityProvider?: string; limit?: number } = {}) {
      const rows = [];
      let cursor: string | undefined;
      for (;;) {
        const page = await fleet.cp.tenantSessions.list(await scopeOf(slug), { ...input, ...(cursor && { cursor }) });
        rows.push(...page.items);
        if (page.nextCursor === null) return rows;
        cursor = page.nextCursor;
      }
    }
    const lastAudit = async () => (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 1 })).items[0];

    it("are listed with the id that upstreams get, and with nothing of which the cookie could be told", async () => {
      const digest = await signIn("acme", "ada");
      const page = await fleet.cp.tenantSessions.list(await scopeOf("acme"), {});
      const [row] = page.items;
      expect(row).toMatchObject({ id: idOf("acme", digest), identityProvider: "main", issuer: "https://login.acme.example", subject: "ada" });
      expect((row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0)).toBe(LIFE.idleMs);
      expect(row?.lastUsedAt).toEqual(row?.createdAt);
      await signIn("acme", "bob");
      const first = await fleet.cp.tenantSessions.list(await scopeOf("acme"), { limit: 1 });
      const shown = JSON.stringify([page, first]) + Buffer.from(first.nextCursor ?? "", "base64url").toString();
      expect(shown).not.toContain(digest);
    });

    it("of one tenant are neither listed nor ended by way of another", async () => {
      const digest = await signIn("acme", "ada");
      expect(await listed("globex")).toEqual([]);
      expect(await listed("globex", { subject: "ada" })).toEqual([]);
      const foreign = await scopeOf("globex");
      expect((await refusalOf(fleet.cp.tenantSessions.end(foreign, { id: idOf("acme", digest) }))).code).toBe("not_found");
      expect(await fleet.cp.tenantSessions.endOfSubject(foreign, { subject: "ada" })).toEqual({ ended: 0 });
      expect(await fleet.cp.tenantSessions.endAll(foreign)).toEqual({ ended: 0 });
      expect(await stateOf("acme", digest)).toBe("live");
    });

    it("come in pages that miss none and repeat none, of the tenant and of a subject at all its identity providers", async () => {
      const scope = await scopeOf("acme");
      const spec = { issuer: "https://second.acme.example", audiences: ["https://api.acme.example"] };
      await fleet.cp.objects.put(scope, "IdentityProvider", "second", { version: null, spec });
      const digests = await Promise.all(
        Array.from({ length: 23 }, (_, at) => signIn("acme", at % 2 === 0 ? "ada" : "bob", { identityProvider: at % 3 === 0 ? "second" : "main" })),
      );
      const sorted = (ids: readonly string[]) => [...ids].sort();
      const expected = digests.map((digest, at) => ({ id: idOf("acme", digest, at % 3 === 0 ? "second" : "main"), at }));
      const ids = (rows: readonly { readonly id: string }[]) => sorted(rows.map(({ id }) => id));
      expect(ids(await listed("acme", { limit: 4 }))).toEqual(sorted(expected.map(({ id }) => id)));
      expect(ids(await listed("acme", { subject: "ada", limit: 3 }))).toEqual(sorted(expected.filter(({ at }) => at % 2 === 0).map(({ id }) => id)));
      expect(ids(await listed("acme", { subject: "ada", identityProvider: "second", limit: 1 }))).toEqual(
        sorted(expected.filter(({ at }) => at % 6 === 0).map(({ id }) => id)),
      );
    });

    it("end one by one, by subject and altogether, each with its audit row", async () => {
      const scope = await scopeOf("acme");
      const [one, two, three, other] = [
        await signIn("acme", "ada"),
        await signIn("acme", "ada"),
        await signIn("acme", "ada"),
        await signIn("acme", "bob"),
      ];
      await fleet.cp.tenantSessions.end(scope, { id: idOf("acme", one) });
      expect([await stateOf("acme", one), await stateOf("acme", two)]).toEqual(["unknown", "live"]);
      expect(await lastAudit()).toMatchObject({ action: "tenant_session.end", targetName: "main/ada", tenant: "acme", before: { sessions: 1 } });
      expect((await refusalOf(fleet.cp.tenantSessions.end(scope, { id: idOf("acme", one), subject: "ada" }))).code).toBe("not_found");

      expect(await fleet.cp.tenantSessions.endOfSubject(scope, { subject: "ada" })).toEqual({ ended: 2 });
      expect([await stateOf("acme", three), await stateOf("acme", other)]).toEqual(["unknown", "live"]);
      expect(await lastAudit()).toMatchObject({ action: "tenant_session.end_of_subject", targetName: "ada", before: { sessions: 2 } });

      const foreign = await signIn("globex", "ada");
      expect(await fleet.cp.tenantSessions.endAll(scope)).toEqual({ ended: 1 });
      expect([await stateOf("acme", other), await stateOf("globex", foreign)]).toEqual(["unknown", "live"]);
      expect(await lastAudit()).toMatchObject({ action: "tenant_session.end_all", targetName: "acme", before: { sessions: 1 } });
      await fleet.cp.tenantSessions.endAll(scope, { reason: "Nobody is left" });
      const { items } = await fleet.cp.revocations.listOf(scope, { show: "all" });
      const told = items.map(({ subject, name, sessions, state, reach }) => ({ subject, name, sessions, state, reach }));
      const final = { state: "final", reach: null };
      expect(told).toEqual([
        { subject: null, name: null, sessions: 1, ...final },
        { subject: "ada", name: null, sessions: 2, ...final },
        { subject: "ada", name: "main", sessions: 1, ...final },
      ]);
    });

    it("of a subject whose tokens are revoked end with them, and those of an earlier moment are left to the nodes", async () => {
      const scope = await scopeOf("acme");
      const [mine, other] = [await signIn("acme", "ada"), await signIn("acme", "bob")];
      await fleet.cp.revocations.revokeSubject(scope, { subject: "ada", reason: "Laptop stolen" });
      expect([await stateOf("acme", mine), await stateOf("acme", other)]).toEqual(["unknown", "live"]);
      const since = await signIn("acme", "ada");
      await fleet.cp.revocations.revokeSubject(scope, { subject: "ada", issuedBefore: "2020-01-01T00:00:00Z", reason: "Laptop stolen" });
      expect(await stateOf("acme", since)).toBe("live");
      await fleet.cp.tenantSessions.endAll(scope);
    });

    it("of a provider that the draft has dropped are still found, as long as nodes run it", async () => {
      const scope = await scopeOf("globex");
      await fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
      const { version } = await fleet.cp.objects.get(scope, "IdentityProvider", "main");
      await fleet.cp.objects.remove(scope, "IdentityProvider", "main", { version });
      await signIn("globex", "ada");
      expect(await listed("globex", { subject: "ada" })).toHaveLength(1);
      expect(await fleet.cp.tenantSessions.endOfSubject(scope, { subject: "ada" })).toEqual({ ended: 1 });
    });

    it("are not made up while the store is away, and an attempt to end them is recorded as one", async () => {
      const scope = await scopeOf("acme");
      await signIn("acme", "ada");
      await server.halt();
      expect((await refusalOf(fleet.cp.tenantSessions.list(scope, {}))).code).toBe("unavailable");
      expect((await refusalOf(fleet.cp.tenantSessions.endOfSubject(scope, { subject: "ada" }))).code).toBe("unavailable");
      expect(await lastAudit()).toMatchObject({ action: "tenant_session.end_of_subject", before: { sessions: null } });
    });
  });
}
