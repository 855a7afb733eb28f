import { randomBytes } from "node:crypto";
import { type Actor, type Client, ROLES, type Role, TENANT_ROLES } from "@sallyport/control-plane";
import { composition } from "@/server/control-plane";
import { SESSION_COOKIE } from "@/server/http/session-cookie";

export const PUBLIC_URL = "http://localhost:3000";
export const PASSWORD = "violet harbour mosaic 42";
const CLIENT: Client = { ip: "127.0.0.1", userAgent: "vitest", requestId: "fixture-request" };

/** Somebody signed in, for tests. */
interface Caller {
  readonly email: string;
  readonly sessionToken: string;
  /** `Cookie` value. */
  readonly cookie: string;
  readonly actor: Actor;
}

export interface ConsoleFixture {
  readonly cp: ReturnType<typeof composition>["controlPlane"];
  readonly admin: Caller;
  /** One person of each role; the tenant roles are bound to acme. */
  readonly byRole: Readonly<Record<Role, Caller>>;
  /** Lets nodes of tests call providers on loopback, and try what fails as often as they like from one address. */
  allowLoopback(): Promise<void>;
  /** An API token of the administrator's with these permissions only. */
  tokenFor(role: Role): Promise<string>;
  close(): Promise<void>;
}

const isTenantRole = (role: Role): boolean => (TENANT_ROLES as readonly Role[]).includes(role);

/** A migrated, empty database: `createTestDatabase` of @sallyport/data/testing gives one. */
export interface FixtureDatabase {
  readonly appUrl: string;
  readonly fleetUrl: string;
  drop(): Promise<void>;
}

/**
 * The console's own composition over a fresh database, with an installation, tenants acme and globex, and somebody of each role.
 * One per test file: the composition is one per process.
 */
export async function startConsoleFixture(database: FixtureDatabase): Promise<ConsoleFixture> {
  Object.assign(process.env, {
    APP_DATABASE_URL: database.appUrl,
    FLEET_DATABASE_URL: database.fleetUrl,
    SALLYPORT_MASTER_KEY: randomBytes(32).toString("base64"),
    SALLYPORT_PUBLIC_URL: PUBLIC_URL,
  });
  const { controlPlane: cp, close } = composition();
  await cp.installation.ensure();

  const redeemed = async (token: string, email: string): Promise<Caller> => {
    const { sessionToken } = await cp.people.redeemLink({ token, email, displayName: email.split("@")[0] ?? email, password: PASSWORD }, CLIENT);
    const session = await cp.sessions.authenticate(sessionToken, CLIENT);
    if (session === null) throw new Error("the session just made does not hold");
    return { email, sessionToken, cookie: `${SESSION_COOKIE}=${sessionToken}`, actor: session.actor };
  };

  const link = await cp.people.firstAdminLink();
  if (link === null) throw new Error("a fresh installation has no administrator");
  const admin = await redeemed(link.token, "admin@example.com");
  const creating = await cp.access.fleet(admin.actor, "tenant.create");
  for (const slug of ["acme", "globex"]) await cp.tenants.create(creating, { slug, spec: { displayName: slug } });

  const inviting = await cp.access.fleet(admin.actor, "people.write");
  const personOf = async (role: Role): Promise<Caller> => {
    const email = `${role.replaceAll("_", ".")}@example.com`;
    const roles = [{ role, tenant: isTenantRole(role) ? "acme" : null }];
    const { token } = await cp.people.invite(inviting, { email, displayName: role, roles });
    return redeemed(token, email);
  };
  const byRole = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await personOf(role)] as const))) as Record<Role, Caller>;

  return {
    cp,
    admin,
    byRole,
    async allowLoopback() {
      const { spec, version } = await cp.fleet.settings(await cp.access.fleet(admin.actor, "fleet.read"));
      const open = { ...spec, idpAllowedRanges: ["127.0.0.0/8"], lockout: { action: "off" as const } };
      await cp.fleet.putSettings(await cp.access.fleet(admin.actor, "fleet.write"), { spec: open, version });
    },
    async tokenFor(role) {
      const scopes = [
        ...(byRole[role].actor.grants.fleet.size > 0
          ? byRole[role].actor.grants.fleet
          : (byRole[role].actor.grants.tenants.values().next().value ?? [])),
      ];
      const tenant = isTenantRole(role) ? { tenantSlug: "acme" } : {};
      const { token } = await cp.apiTokens.create(admin.actor, { name: `as ${role}`, scopes, ...tenant });
      return token;
    },
    async close() {
      await close();
      await database.drop();
    },
  };
}
