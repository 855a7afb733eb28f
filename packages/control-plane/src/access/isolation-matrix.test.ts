import { TENANT_KINDS } from "@sallyport/snapshot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ControlPlane } from "../control-plane.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import type { Actor } from "./actor.js";
import { grantsOf, portalGrants } from "./grants.js";
import { type Permission, PORTAL_INTENTS, ROLE_PERMISSIONS, ROLES, type Role, TENANT_ROLES } from "./permissions.js";
import type { TenantScope } from "./scope.js";

/** A call that names a tenant: directly by slug, or by way of a scope that is opened for it. */
interface Call {
  readonly name: string;
  readonly permission: Permission;
  run(cp: ControlPlane, actor: Actor, slug: string): Promise<unknown>;
}

const scoped = (name: string, permission: Permission, use: (cp: ControlPlane, scope: TenantScope) => Promise<unknown>): Call => ({
  name,
  permission,
  run: async (cp, actor, slug) => use(cp, await cp.access.tenant(actor, slug, permission)),
});

const WRITE_OF = {
  Secret: "idp.write",
  IdentityProvider: "idp.write",
  Upstream: "route.write",
  Route: "route.write",
  RateLimitPolicy: "policy.write",
  PropagationPolicy: "policy.write",
  DegradationPolicy: "policy.write",
  PolicyTest: "policy.write",
} as const;

const document = (kind: string, slug: string) =>
  kind === "Tenant"
    ? { apiVersion: "sallyport.dev/v1", kind, metadata: { name: slug }, spec: { displayName: "Taken over" } }
    : { apiVersion: "sallyport.dev/v1", kind, metadata: { name: "planted", tenant: slug }, spec: { staleKeysMaxAgeSeconds: 1 } };

const LIMIT = { key: ["tenant" as const], limit: 1, burst: 1 };
const NO_ID = "0198f0a0-0000-7000-8000-00000000dead";

const CALLS: readonly Call[] = [
  scoped("tenants.get", "tenant.read", (cp, scope) => cp.tenants.get(scope)),
  scoped("tenants.refusals", "tenant.read", (cp, scope) => cp.tenants.refusals(scope)),
  scoped("tenants.update", "tenant.write", (cp, scope) => cp.tenants.update(scope, { spec: { displayName: "x" }, version: 99 })),
  scoped("tenants.suspend", "tenant.write", (cp, scope) => cp.tenants.suspend(scope, { version: 99 })),
  scoped("tenants.resume", "tenant.write", (cp, scope) => cp.tenants.resume(scope, { version: 99 })),
  ...TENANT_KINDS.flatMap((kind) => [
    scoped(`objects.list ${kind}`, "tenant.read", (cp, scope) => cp.objects.list(scope, kind)),
    scoped(`objects.get ${kind}`, "tenant.read", (cp, scope) => cp.objects.get(scope, kind, "nothing")),
    scoped(`objects.source ${kind}`, "tenant.read", (cp, scope) => cp.objects.source(scope, kind, "nothing")),
    scoped(`objects.put ${kind}`, WRITE_OF[kind], (cp, scope) => cp.objects.put(scope, kind, "planted", { spec: {}, version: 99 })),
    scoped(`objects.remove ${kind}`, WRITE_OF[kind], (cp, scope) => cp.objects.remove(scope, kind, "nothing", { version: 1 })),
  ]),
  scoped("secrets.list", "tenant.read", (cp, scope) => cp.secrets.list(scope)),
  scoped("secrets.get", "tenant.read", (cp, scope) => cp.secrets.get(scope, "nothing")),
  scoped("secrets.set", "idp.write", (cp, scope) => cp.secrets.set(scope, "nothing", { value: "a guess" })),
  scoped("apiKeys.list", "tenant.read", (cp, scope) => cp.apiKeys.list(scope, {})),
  scoped("apiKeys.get", "tenant.read", (cp, scope) => cp.apiKeys.get(scope, "nothing")),
  scoped("apiKeys.create", "api_key.write", (cp, scope) => cp.apiKeys.create(scope, { name: "NOT A NAME" })),
  scoped("apiKeys.rotate", "api_key.write", (cp, scope) => cp.apiKeys.rotate(scope, "nothing", {})),
  scoped("apiKeys.endOverlap", "api_key.write", (cp, scope) => cp.apiKeys.endOverlap(scope, "nothing", {})),
  scoped("apiKeys.revoke", "api_key.write", (cp, scope) => cp.apiKeys.revoke(scope, "nothing", {})),
  scoped("tenantSessions.list", "tenant.read", (cp, scope) => cp.tenantSessions.list(scope, {})),
  scoped("tenantSessions.end", "session.end", (cp, scope) => cp.tenantSessions.end(scope, { id: "A".repeat(43) })),
  scoped("tenantSessions.endOfSubject", "session.end", (cp, scope) => cp.tenantSessions.endOfSubject(scope, { subject: "ada" })),
  scoped("tenantSessions.endAll", "session.end", (cp, scope) => cp.tenantSessions.endAll(scope)),
  scoped("limitUses.ofTenant", "tenant.read", (cp, scope) => cp.limitUses.ofTenant(scope)),
  scoped("pressedKeys.topOf", "tenant.read", (cp, scope) => cp.pressedKeys.topOf(scope, { policy: "nothing" })),
  scoped("trafficRecordings.list", "tenant.read", (cp, scope) => cp.trafficRecordings.list(scope)),
  scoped("trafficRecordings.start", "policy.write", (cp, scope) => cp.trafficRecordings.start(scope, { minutes: 99 })),
  scoped("trafficRecordings.stop", "policy.write", (cp, scope) => cp.trafficRecordings.stop(scope, { id: NO_ID })),
  scoped("trafficRecordings.remove", "policy.write", (cp, scope) => cp.trafficRecordings.remove(scope, { id: NO_ID })),
  scoped("simulations.ofTenant", "policy.write", (cp, scope) => cp.simulations.ofTenant(scope, { recording: NO_ID, name: "planted", spec: LIMIT })),
  scoped("lockouts.list", "tenant.read", (cp, scope) => cp.lockouts.list(scope, {})),
  scoped("lockouts.end", "lockout.end", (cp, scope) => cp.lockouts.end(scope, { id: "A".repeat(43) })),
  scoped("lockouts.endAll", "lockout.end", (cp, scope) => cp.lockouts.endAll(scope)),
  scoped("revocations.listOf", "tenant.read", (cp, scope) => cp.revocations.listOf(scope, {})),
  scoped("revocations.get", "tenant.read", (cp, scope) => cp.revocations.get(scope, { id: NO_ID })),
  scoped("revocations.revokeToken", "revocation.write", (cp, scope) => cp.revocations.revokeToken(scope, { reason: "" })),
  scoped("revocations.revokeSubject", "revocation.write", (cp, scope) => cp.revocations.revokeSubject(scope, { subject: "", reason: "" })),
  scoped("revocations.suspend", "tenant.write", (cp, scope) => cp.revocations.suspend(scope, { reason: "" })),
  scoped("revocations.lift", "revocation.write", (cp, scope) => cp.revocations.lift(scope, { id: NO_ID })),
  scoped("portalSetup", "tenant.read", (cp, scope) => cp.portalSetup(scope)),
  scoped("portalChanges.goesLive", "tenant.read", (cp, scope) => cp.portalChanges.goesLive(scope)),
  scoped("portalChanges.release", "idp.write", (cp, scope) => cp.portalChanges.release(scope, "nothing")),
  scoped("portalProviders.list", "tenant.read", (cp, scope) => cp.portalProviders.list(scope)),
  scoped("portalProviders.save", "idp.write", (cp, scope) => cp.portalProviders.save(scope, { name: "planted", version: 99, spec: {} })),
  scoped("portalTokenTests.attempt", "tenant.read", (cp, scope) => cp.portalTokenTests.attempt(scope, { token: "" })),
  scoped("portalInvitations.list", "tenant.read", (cp, scope) => cp.portalInvitations.list(scope)),
  scoped("portalInvitations.create", "portal.write", (cp, scope) => cp.portalInvitations.create(scope, { recipient: "", intents: [] })),
  scoped("portalInvitations.revoke", "portal.write", (cp, scope) => cp.portalInvitations.revoke(scope, { id: NO_ID })),
  scoped("identityProviders.check", "idp.write", (cp, scope) => cp.identityProviders.check(scope, { issuer: "not a url" })),
  scoped("identityProviders.create", "idp.write", (cp, scope) => cp.identityProviders.create(scope, { name: "planted", spec: {} })),
  { name: "config.dump", permission: "tenant.read", run: (cp, actor, slug) => cp.config.dump(actor, { tenant: slug }) },
  {
    name: "config.plan of an object",
    permission: "policy.write",
    run: (cp, actor, slug) => cp.config.plan(actor, { documents: [document("DegradationPolicy", slug)] }),
  },
  {
    name: "config.apply of an object",
    permission: "policy.write",
    run: (cp, actor, slug) => cp.config.apply(actor, { documents: [document("DegradationPolicy", slug)] }),
  },
];

let fleet: TestFleet;
let acmeId: string;
beforeAll(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
  acmeId = (await fleet.data.fleet.tenant.findUniqueOrThrow({ where: { slug: "acme" }, select: { id: true } })).id;
});
afterAll(() => fleet.close());

/** Everything that is stored of the other tenant, as text. */
const stateOfGlobex = async (): Promise<string> =>
  JSON.stringify(await fleet.cp.config.dump(admin, { tenant: "globex" })) +
  JSON.stringify(await queryOwner(fleet, "SELECT version, updated_by FROM tenant WHERE slug = 'globex'"));

const ofAcme = (role: Role): Actor => ({ ...actorOf("viewer"), grants: grantsOf([{ role, tenantId: acmeId }]) });
const ofPortal = (): Actor => ({ ...actorOf("viewer"), kind: "portal", grants: portalGrants(acmeId, PORTAL_INTENTS) });
const stranger: Actor = { ...actorOf("viewer"), grants: grantsOf([]) };

describe("the border between tenants", () => {
  const outsiders = [
    ...TENANT_ROLES.map((role) => [role, () => ofAcme(role)] as const),
    ["portal session", ofPortal] as const,
    ["nobody", () => stranger] as const,
  ];
  describe.each(outsiders)("for a foreign %s", (_role, actor) => {
    it.each(CALLS.map((call) => [call.name, call] as const))(
      "%s says the same of a foreign tenant as of one that is not there",
      async (_name, call) => {
        const before = await stateOfGlobex();
        const foreign = await refusalOf(call.run(fleet.cp, actor(), "globex"));
        const absent = await refusalOf(call.run(fleet.cp, actor(), "no-such-tenant"));
        expect(foreign.code).toBe("not_found");
        expect({ code: foreign.code, message: foreign.message, issues: foreign.issues, current: foreign.current }).toEqual({
          code: absent.code,
          message: absent.message,
          issues: absent.issues,
          current: absent.current,
        });
        expect(await stateOfGlobex()).toBe(before);
      },
    );
  });

  it.each(TENANT_ROLES)("lists, searches and counts nothing but its own for a %s", async (role) => {
    const actor = ofAcme(role);
    expect((await fleet.cp.tenants.list(actor, {})).items.map(({ slug }) => slug)).toEqual(["acme"]);
    expect(await fleet.cp.tenants.list(actor, { query: "globex" })).toMatchObject({ items: [], total: 0 });
    expect(await fleet.cp.tenants.quickSearch(actor, "globex")).toEqual([]);
    expect(Object.keys(await fleet.cp.tenants.stats(actor, { slugs: ["acme", "globex"] }))).toEqual(["acme"]);
    expect(JSON.stringify(await fleet.cp.config.dump(actor, { tenant: "acme" }))).not.toContain("globex");
  });

  it("refuses a tenant's document beside one's own, and then keeps neither", async () => {
    const actor: Actor = {
      ...actorOf("viewer"),
      grants: { fleet: new Set(), tenants: new Map([[acmeId, new Set(["tenant.read", "policy.write"] as const)]]) },
    };
    const documents = [document("DegradationPolicy", "acme"), document("DegradationPolicy", "globex")];
    expect((await refusalOf(fleet.cp.config.apply(actor, { documents }))).code).toBe("not_found");
    expect((await fleet.cp.config.dump(admin, { tenant: "acme" })).some(({ kind }) => kind === "DegradationPolicy")).toBe(false);
  });
});

describe("the permission table", () => {
  const cells = ROLES.flatMap((role) => CALLS.map((call) => [role, call.name, call] as const));
  it.each(cells)("holds for a %s at %s", async (role, _name, call) => {
    const actor = (TENANT_ROLES as readonly Role[]).includes(role) ? ofAcme(role) : actorOf(role);
    const allowed = (ROLE_PERMISSIONS[role] as readonly Permission[]).includes(call.permission);
    // Dry: a plan, or a version that does not stand. What is allowed fails later than at the door, or succeeds.
    const run = call.name === "config.apply of an object" ? { ...call, run: dryApply } : call;
    const code = await run.run(fleet.cp, actor, "acme").then(
      () => "allowed",
      (error: unknown) => (error as { code?: string }).code,
    );
    if (allowed) expect(code).not.toBe("forbidden");
    else expect(code).toBe("forbidden");
  });
  const dryApply: Call["run"] = (cp, actor, slug) => cp.config.apply(actor, { documents: [document("DegradationPolicy", slug)], dryRun: true });

  it("a scope that was opened for reading does not write", async () => {
    const scope = await fleet.cp.access.tenant(actorOf("viewer"), "acme", "tenant.read");
    expect((await refusalOf(fleet.cp.tenants.suspend(scope, { version: 1 }))).code).toBe("forbidden");
    const fleetScope = await fleet.cp.access.fleet(actorOf("viewer"), "fleet.read");
    expect((await refusalOf(fleet.cp.fleet.putSettings(fleetScope, { version: 1, spec: {} }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.people.invite(fleetScope, { email: "a@b.example", displayName: "A", roles: [] }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.tenants.remove(fleetScope, { slug: "acme", confirm: "acme" }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.groups.put(fleetScope, "x", { version: null, spec: { displayName: "X" } }))).code).toBe("forbidden");
  });
});
