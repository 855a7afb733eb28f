import { withTenant } from "@sallyport/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PortalIntent } from "../access/permissions.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const client = { ip: "198.51.100.7", userAgent: "test", requestId: "portal" };
const HOUR_MS = 3_600_000;

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  for (const slug of ["acme", "globex"]) await makeTenant(fleet.cp, slug);
});
afterAll(() => fleet.close());

const scopeOf = (slug: string, actor = admin) => fleet.cp.access.tenant(actor, slug, "tenant.read");
const invite = async (more: { slug?: string; recipient?: string; intents?: PortalIntent[]; expiresInDays?: number } = {}) => {
  const { slug = "acme", ...input } = more;
  const { link, row } = await fleet.cp.portalInvitations.create(await scopeOf(slug), {
    recipient: "Art Vandelay",
    intents: ["identity_provider"],
    ...input,
  });
  return { row, link, token: link.split("#")[1] ?? "" };
};
const enter = async (token: string) => (await fleet.cp.portalSessions.exchange({ token }, client)).sessionToken;
const sessionOf = (token: string) => fleet.cp.portalSessions.authenticate(token, client);
const stateOf = async (id: string, slug = "acme") => (await fleet.cp.portalInvitations.list(await scopeOf(slug))).find((row) => row.id === id)?.state;

describe("an invitation to the portal", () => {
  it("is a link whose token stands in the fragment and nowhere in the database", async () => {
    const { link, token, row } = await invite();
    expect(link).toMatch(/^https:\/\/sallyport\.example\/portal\/invitation#spi_[A-Za-z0-9_-]{43}$/);
    expect(row).toMatchObject({ recipient: "Art Vandelay", intents: ["identity_provider"], state: "open", createdByName: admin.name });
    const session = await enter(token);
    for (const table of ["portal_invitation", "portal_session", "audit_record"]) {
      const stored = JSON.stringify(await queryOwner(fleet, `SELECT to_json(${table}) FROM ${table}`));
      expect(stored).not.toContain(token.slice(4));
      expect(stored).not.toContain(session);
    }
  });

  it("lets exactly one in of many who use it at once", async () => {
    const { token, row } = await invite();
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => enter(token)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await stateOf(row.id)).toBe("in_use");
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []));
    // The same words for a link that was used, that never was, and that is no link at all.
    for (const other of [`spi_${"A".repeat(43)}`, "", "spi_"]) refused.push(String(await refusalOf(enter(other))));
    expect(new Set(refused).size).toBe(1);
  });

  it("ends with its revocation, and so does who came in by it, at every replica", async () => {
    const { token, row } = await invite();
    const session = await enter(token);
    expect(await fleet.replica().portalSessions.authenticate(session, client)).not.toBeNull();
    await fleet.cp.portalInvitations.revoke(await scopeOf("acme"), { id: row.id });
    expect(await sessionOf(session)).toBeNull();
    expect(await stateOf(row.id)).toBe("revoked");
    const unused = await invite();
    await fleet.cp.portalInvitations.revoke(await scopeOf("acme"), { id: unused.row.id });
    expect((await refusalOf(enter(unused.token))).code).toBe("precondition");
    expect((await refusalOf(fleet.cp.portalInvitations.revoke(await scopeOf("acme"), { id: row.id }))).code).toBe("precondition");
  });

  it("that is used and revoked at the same moment leaves nobody inside", async () => {
    for (let round = 0; round < 10; round++) {
      const { token, row } = await invite();
      const [entered] = await Promise.allSettled([enter(token), fleet.cp.portalInvitations.revoke(await scopeOf("acme"), { id: row.id })]);
      if (entered.status === "fulfilled") expect(await sessionOf(entered.value)).toBeNull();
      expect(await stateOf(row.id)).toBe("revoked");
    }
  });

  it("is another tenant's neither to see nor to revoke", async () => {
    const { row } = await invite();
    expect((await fleet.cp.portalInvitations.list(await scopeOf("globex"))).map(({ id }) => id)).not.toContain(row.id);
    expect((await refusalOf(fleet.cp.portalInvitations.revoke(await scopeOf("globex"), { id: row.id }))).code).toBe("not_found");
    expect(await stateOf(row.id)).toBe("open");
  });

  it("is made by those who may, and says what is wrong with it", async () => {
    const make = async (input: object, role: "viewer" | "publisher" = "publisher") =>
      refusalOf(fleet.cp.portalInvitations.create(await scopeOf("acme", actorOf(role)), input as never));
    expect((await make({ recipient: "A", intents: ["test"] }, "viewer")).code).toBe("forbidden");
    expect((await make({ recipient: " ", intents: ["everything"], expiresInDays: 31 })).issues).toEqual([
      { path: "recipient", message: "is empty; write whom the link is for" },
      { path: "intents.0", message: "is not allowed; choose one of identity_provider, test" },
      { path: "expiresInDays", message: "is too long; a link works for at most 30 days" },
    ]);
  });

  it("has hashes that the tenant's own database role cannot read", async () => {
    const { tenantId } = await scopeOf("acme");
    for (const read of ["SELECT hash FROM portal_invitation", "SELECT token_hash FROM portal_session"])
      await expect(withTenant(fleet.data.app, tenantId, (tx) => tx.$queryRawUnsafe(read))).rejects.toThrow(/permission denied/);
  });

  it("leaves who made it, used it and ended it in the audit log", async () => {
    const { token, row } = await invite({ recipient: "Audited" });
    await fleet.cp.portalSessions.leave(await enter(token), client);
    expect(await stateOf(row.id)).toBe("ended");
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 3 });
    expect(items.map(({ action, actorKind, actorName, tenant }) => [action, actorKind, actorName, tenant])).toEqual([
      ["portal_session.leave", "portal", "Audited", "acme"],
      ["portal_session.enter", "portal", "Audited", "acme"],
      ["portal_invitation.create", "person", admin.name, "acme"],
    ]);
  });
});

describe("a session of the portal", () => {
  it("is of its tenant alone and may do what it was invited for", async () => {
    const session = await sessionOf(await enter((await invite({ intents: ["test"] })).token));
    if (session === null) throw new Error("the session does not hold");
    expect(session).toMatchObject({ intents: ["test"], recipient: "Art Vandelay", tenant: { displayName: "ACME" } });
    expect(session.scope.slug).toBe("acme");
    const { actor } = session.scope;
    expect((await refusalOf(fleet.cp.access.tenant(actor, "globex", "tenant.read"))).code).toBe("not_found");
    expect((await refusalOf(fleet.cp.access.tenant(actor, "acme", "idp.write"))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.access.fleet(actor, "fleet.read"))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.draft.publish(actor, { comment: "x", base: null }))).code).toBe("not_found");
    const writing = await sessionOf(await enter((await invite()).token));
    expect(writing?.scope.may("idp.write")).toBe(true);
    expect(writing?.scope.may("route.write")).toBe(false);
  });

  it("is not a session of the console, nor the other way round", async () => {
    const session = await enter((await invite()).token);
    expect(await fleet.cp.sessions.authenticate(session, client)).toBeNull();
    expect(await sessionOf("A".repeat(43))).toBeNull();
    expect(await sessionOf("")).toBeNull();
  });

  it("ends after a day without a call, and with its invitation whatever is called", async () => {
    const { token, row } = await invite({ expiresInDays: 2 });
    const [used, idle] = [await enter(token), await enter((await invite()).token)];
    fleet.clock.advance(23 * HOUR_MS);
    expect(await sessionOf(used)).not.toBeNull();
    fleet.clock.advance(2 * HOUR_MS);
    expect(await sessionOf(idle)).toBeNull();
    expect(await sessionOf(used)).not.toBeNull();
    fleet.clock.advance(22 * HOUR_MS);
    expect(await sessionOf(used)).not.toBeNull();
    fleet.clock.advance(2 * HOUR_MS);
    expect(await sessionOf(used)).toBeNull();
    expect(await stateOf(row.id)).toBe("ended");
  });

  it("has no permission of an intent that this build does not know, and ends with its tenant", async () => {
    await makeTenant(fleet.cp, "initech");
    const { token, row } = await invite({ slug: "initech" });
    const session = await enter(token);
    await queryOwner(fleet, `UPDATE portal_invitation SET intents = '{anything}' WHERE id = '${row.id}'`);
    expect(await sessionOf(session)).toBeNull();
    const other = await enter((await invite({ slug: "initech" })).token);
    await fleet.cp.tenants.remove(await fleet.cp.access.fleet(admin, "tenant.delete"), { slug: "initech", confirm: "initech" });
    expect(await sessionOf(other)).toBeNull();
  });
});
