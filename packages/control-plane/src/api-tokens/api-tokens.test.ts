import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../access/actor.js";
import type { Role } from "../access/permissions.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const DAY = 86_400_000;
const client = { ip: "192.0.2.1", userAgent: null, requestId: "req-1" };

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
  // Somebody must stay who can administer.
  await signedIn("root@ledgerline.example", "platform_admin");
});
afterAll(() => fleet.close());

async function signedIn(email: string, role: Role): Promise<Actor> {
  const scope = await fleet.cp.access.fleet(admin, "people.write");
  const { token } = await fleet.cp.people.invite(scope, { email, displayName: email, roles: [{ role }] });
  const { sessionToken } = await fleet.cp.people.redeemLink({ token, email, displayName: email, password: "four plain words here" }, client);
  const session = await fleet.cp.sessions.authenticate(sessionToken, client);
  if (session === null) throw new Error("signed in, yet not");
  return session.actor;
}

describe("API tokens", () => {
  it("are shown once, kept as a hash, and act within their scopes", async () => {
    const owner = await signedIn("a@ledgerline.example", "operator");
    const { token, id } = await fleet.cp.apiTokens.create(owner, { name: "ci", scopes: ["tenant.read", "route.write"], expiresInDays: 30 });
    expect(token).toMatch(/^spt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    const actor = await fleet.cp.apiTokens.authenticate(token, client);
    expect(actor).toMatchObject({ kind: "api_token", id, name: "a@ledgerline.example (ci)" });
    expect([...(actor?.grants.fleet ?? [])].sort()).toEqual(["route.write", "tenant.read"]);
    const stored = JSON.stringify(await queryOwner(fleet, "SELECT to_jsonb(t) AS row FROM api_token t"));
    expect(stored).not.toContain(token.slice(-43));
    expect(JSON.stringify(await fleet.cp.apiTokens.list(owner))).not.toContain(token.slice(-43));
    const [row] = await fleet.cp.apiTokens.list(owner);
    expect(row).toMatchObject({ id, name: "ci", scopes: ["route.write", "tenant.read"], tenantSlug: null, revokedAt: null });
    expect(row?.lastUsedAt).toBeInstanceOf(Date);
    expect(row).not.toHaveProperty("hash");
  });

  it("are refused when a character differs, after their expiry, after revocation, and when the owner is disabled", async () => {
    const owner = await signedIn("b@ledgerline.example", "operator");
    const make = async () => fleet.cp.apiTokens.create(owner, { name: "t", scopes: ["tenant.read"], expiresInDays: 1 });
    const { token, id } = await make();
    const flipped = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    for (const bad of [flipped, token.toUpperCase(), `${token}x`, "spt_", ""]) expect(await fleet.cp.apiTokens.authenticate(bad, client)).toBeNull();
    await fleet.cp.apiTokens.revoke(owner, { id });
    expect(await fleet.cp.apiTokens.authenticate(token, client)).toBeNull();
    const second = await make();
    fleet.clock.advance(DAY + 1);
    expect(await fleet.cp.apiTokens.authenticate(second.token, client)).toBeNull();
    const third = await make();
    expect(await fleet.cp.apiTokens.authenticate(third.token, client)).not.toBeNull();
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    await fleet.cp.people.disable(scope, { personId: owner.id });
    expect(await fleet.cp.apiTokens.authenticate(third.token, client)).toBeNull();
    await fleet.cp.people.enable(scope, { personId: owner.id });
    expect(await fleet.cp.apiTokens.authenticate(third.token, client)).not.toBeNull();
  });

  it("can't be given more than their maker holds, and lose what the owner loses", async () => {
    const owner = await signedIn("c@ledgerline.example", "operator");
    const more = await refusalOf(fleet.cp.apiTokens.create(owner, { name: "x", scopes: ["tenant.read", "revision.publish"], expiresInDays: 1 }));
    expect(more.issues).toEqual([{ path: "scopes.0", message: "grants revision.publish, which you do not hold; leave it out" }]);
    const { token } = await fleet.cp.apiTokens.create(owner, { name: "x", scopes: ["tenant.read", "route.write"], expiresInDays: 1 });
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    await fleet.cp.people.setRoles(scope, { personId: owner.id, roles: [{ role: "viewer" }] });
    expect([...((await fleet.cp.apiTokens.authenticate(token, client))?.grants.fleet ?? [])]).toEqual(["tenant.read"]);
  });

  it("that are limited to a tenant reach no other, and make no token that outlives them", async () => {
    const owner = await signedIn("d@ledgerline.example", "operator");
    const { token } = await fleet.cp.apiTokens.create(owner, { name: "acme only", scopes: ["tenant.read"], tenantSlug: "acme", expiresInDays: 1 });
    const actor = await fleet.cp.apiTokens.authenticate(token, client);
    if (actor === null) throw new Error("the token does not work");
    expect((await fleet.cp.tenants.list(actor, {})).items.map(({ slug }) => slug)).toEqual(["acme"]);
    expect((await refusalOf(fleet.cp.access.tenant(actor, "globex", "tenant.read"))).code).toBe("not_found");
    expect((await refusalOf(fleet.cp.apiTokens.create(actor, { name: "child", scopes: ["tenant.read"], expiresInDays: 1 }))).code).toBe("forbidden");

    const parent = await fleet.cp.apiTokens.create(owner, { name: "parent", scopes: ["tenant.read", "token.write"], expiresInDays: 2 });
    const parentActor = await fleet.cp.apiTokens.authenticate(parent.token, client);
    if (parentActor === null) throw new Error("the token does not work");
    const child = await fleet.cp.apiTokens.create(parentActor, { name: "child", scopes: ["tenant.read"], expiresInDays: 300 });
    const rows = await fleet.cp.apiTokens.list(owner);
    expect(rows.find(({ id }) => id === child.id)?.expiresAt).toEqual(rows.find(({ id }) => id === parent.id)?.expiresAt);
  });

  it("of others are neither seen nor revoked, except by who may write people", async () => {
    const [one, other] = [await signedIn("e@ledgerline.example", "operator"), await signedIn("f@ledgerline.example", "operator")];
    const { id } = await fleet.cp.apiTokens.create(one, { name: "mine", scopes: ["tenant.read"], expiresInDays: 1 });
    expect((await fleet.cp.apiTokens.list(other)).map((row) => row.id)).not.toContain(id);
    expect((await refusalOf(fleet.cp.apiTokens.revoke(other, { id }))).code).toBe("not_found");
    expect((await fleet.cp.apiTokens.list(admin)).map((row) => row.id)).toContain(id);
    await fleet.cp.apiTokens.revoke(admin, { id });
  });
});

describe("people", () => {
  it("keep at least one active platform admin", async () => {
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    const admins = (await fleet.cp.people.list(scope)).filter(
      ({ roles, status }) => status === "active" && roles.some(({ role }) => role === "platform_admin"),
    );
    expect(admins).toHaveLength(1);
    const personId = admins[0]?.id ?? "";
    expect((await refusalOf(fleet.cp.people.disable(scope, { personId }))).code).toBe("precondition");
    expect((await refusalOf(fleet.cp.people.setRoles(scope, { personId, roles: [{ role: "viewer" }] }))).code).toBe("precondition");
    const still = await fleet.cp.people.list(scope);
    expect(still.find(({ id }) => id === personId)).toMatchObject({ status: "active", roles: [{ role: "platform_admin", tenant: null }] });
  });

  it("get tenant roles only with a tenant, fleet roles only without", async () => {
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    const invite = (roles: { role: Role; tenant?: string | null }[]) =>
      fleet.cp.people.invite(scope, { email: `g${Math.random()}@ledgerline.example`, displayName: "G", roles });
    const message = "must name a tenant for tenant roles, and none for all others; correct the role or the tenant";
    expect((await refusalOf(invite([{ role: "tenant_admin" }]))).issues).toEqual([{ path: "roles.0.tenant", message }]);
    expect((await refusalOf(invite([{ role: "operator", tenant: "acme" }]))).issues).toEqual([{ path: "roles.0.tenant", message }]);
    expect((await refusalOf(invite([{ role: "tenant_admin", tenant: "nobody" }]))).issues[0]?.path).toBe("roles.0.tenant");
    await invite([{ role: "tenant_admin", tenant: "acme" }]);
  });

  it("are shown as invited until they have chosen a password, and an invitation is for one address", async () => {
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    const { token } = await fleet.cp.people.invite(scope, { email: "sana@ledgerline.example", displayName: "Sana", roles: [] });
    const status = async () => (await fleet.cp.people.list(scope)).find(({ email }) => email === "sana@ledgerline.example")?.status;
    expect(await status()).toBe("invited");
    const redeem = (email: string) => fleet.cp.people.redeemLink({ token, email, displayName: "Sana", password: "four plain words here" }, client);
    expect((await refusalOf(redeem("thief@ledgerline.example"))).issues[0]?.path).toBe("email");
    await redeem("sana@ledgerline.example");
    expect(await status()).toBe("active");
  });
});
