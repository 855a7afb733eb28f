import { randomBytes } from "node:crypto";
import { createDataClients, type DataClients, type FleetClient } from "@sallyport/data";
import { createTestDatabase, type TestDatabase } from "@sallyport/data/testing";
import type { StateStore } from "@sallyport/state-store";
import type { Actor } from "../access/actor.js";
import { grantsOf } from "../access/grants.js";
import type { Role } from "../access/permissions.js";
import { type ControlPlane, createControlPlane } from "../control-plane.js";
import type { ControlPlaneDeps } from "../deps.js";

/** A control plane on a database of its own, with a clock that tests may move. */
export interface TestFleet {
  readonly cp: ControlPlane;
  readonly deps: ControlPlaneDeps;
  readonly data: DataClients;
  readonly database: TestDatabase;
  /** The database as its owner sees it; connected at the first question. */
  owner(): FleetClient;
  readonly clock: { now(): number; advance(ms: number): void };
  /** A second replica on the same database. */
  replica(): ControlPlane;
  close(): Promise<void>;
}

/** Somebody with this role for the whole fleet. */
export const actorOf = (role: Role, name = "Mara Okafor"): Actor => ({
  kind: "person",
  id: "0198f0a0-0000-7000-8000-000000000001",
  name,
  ip: "192.0.2.10",
  requestId: "test",
  grants: grantsOf([{ role, tenantId: null }]),
});

export const admin = actorOf("platform_admin");

/** @param options.stateStore where nodes keep sessions; closed by the caller */
export async function startTestFleet({ stateStore = null }: { readonly stateStore?: StateStore | null } = {}): Promise<TestFleet> {
  const database = await createTestDatabase();
  const data = createDataClients(database);
  let offset = 0;
  const clock = {
    now: () => Date.now() + offset,
    advance: (ms: number): void => {
      offset += ms;
    },
  };
  const log = { info() {}, warn() {}, error() {} };
  const deps: ControlPlaneDeps = { data, masterKey: randomBytes(32), clock, publicUrl: "https://sallyport.example", log, stateStore, idpProxy: null };
  let owner: DataClients | null = null;
  const opened: ControlPlane[] = [];
  const create = (): ControlPlane => {
    const cp = createControlPlane(deps);
    opened.push(cp);
    return cp;
  };
  const cp = create();
  await cp.installation.ensure();
  return {
    cp,
    deps,
    data,
    database,
    owner: () => {
      owner ??= createDataClients({ appUrl: database.ownerUrl, fleetUrl: database.ownerUrl, poolSize: 1 });
      return owner.fleet;
    },
    clock,
    replica: create,
    async close() {
      for (const each of opened) await each.close();
      await data.close();
      await owner?.close();
      await database.drop();
    },
  };
}

/** A tenant with an IdP, an upstream and a route, made by way of the services. */
export async function makeTenant(cp: ControlPlane, slug: string, more: { readonly audience?: string } = {}): Promise<void> {
  await cp.tenants.create(await cp.access.fleet(admin, "tenant.create"), { slug, spec: { displayName: slug.toUpperCase() } });
  const scope = await cp.access.tenant(admin, slug, "tenant.read");
  await cp.objects.put(scope, "Upstream", "backend", { version: null, spec: { url: `http://${slug}.internal:8080` } });
  await cp.objects.put(scope, "IdentityProvider", "main", {
    version: null,
    spec: { issuer: `https://login.${slug}.example`, audiences: [more.audience ?? `https://api.${slug}.example`] },
  });
  await cp.objects.put(scope, "Route", "all", { version: null, spec: { upstream: "backend", authentication: { mode: "required" } } });
}
