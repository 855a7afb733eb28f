import { withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { grantsOf } from "../access/grants.js";
import { type ControlPlane, createControlPlane } from "../control-plane.js";
import type { ControlPlaneDeps } from "../deps.js";
import { chapters, type DemoSurroundings, type KeyDeed, type RevocationDeed } from "./chapters.js";
import { DEMO_ORGANISATION, DEMO_PEOPLE, type DemoPerson } from "./company.js";

const HOUR_MS = 3_600_000;
const REVIEW_MS = 9 * 60_000;

/** The services under a clock that the seed sets: what it writes happened then. */
export interface DemoWorld {
  readonly controlPlane: ControlPlane;
  readonly deps: ControlPlaneDeps;
  readonly at: (time: number) => void;
  readonly actor: (person: DemoPerson) => Actor;
}

/** Makes the people of the demo, and the services that act for them. */
export async function openDemoWorld(deps: ControlPlaneDeps): Promise<DemoWorld> {
  let time = deps.clock.now();
  const past: ControlPlaneDeps = { ...deps, clock: { now: () => time } };
  const controlPlane = createControlPlane(past);
  const joined = new Date(time - 1_100 * HOUR_MS);
  const ids = await withFleet(deps.data.fleet, async (tx) => {
    const found = new Map<string, string>();
    for (const { email, displayName, role } of Object.values(DEMO_PEOPLE)) {
      const person = await tx.person.upsert({
        where: { email },
        update: {},
        create: { id: uuidv7(), email, displayName, createdAt: joined, roles: { create: { id: uuidv7(), role } } },
      });
      found.set(email, person.id);
    }
    return found;
  });
  return {
    controlPlane,
    deps: past,
    at: (next) => {
      time = next;
    },
    actor: (person) => {
      const { email, displayName, role } = DEMO_PEOPLE[person];
      return {
        kind: "person",
        id: ids.get(email) ?? "",
        name: displayName,
        ip: "198.51.100.20",
        requestId: uuidv7(),
        grants: grantsOf([{ role, tenantId: null }]),
      };
    },
  };
}

async function dealWithKey({ controlPlane: { access, apiKeys } }: DemoWorld, actor: Actor, deed: KeyDeed): Promise<void> {
  const scope = await access.tenant(actor, "acme", "api_key.write");
  if ("make" in deed) await apiKeys.create(scope, { name: deed.make, scopes: [...deed.scopes], expiresInDays: deed.expiresInDays });
  else if ("rotate" in deed) await apiKeys.rotate(scope, deed.rotate, { overlapSeconds: deed.overlapSeconds });
  else await apiKeys.revoke(scope, deed.revoke, { reason: deed.reason });
}

async function dealWithRevocation({ controlPlane, deps }: DemoWorld, actor: Actor, deed: RevocationDeed): Promise<void> {
  const { access, identityProviders, revocations } = controlPlane;
  const scope = await access.tenant(actor, deed.tenant, "revocation.write");
  if ("token" in deed) {
    const expiresAt = new Date(deps.clock.now() + deed.forHours * HOUR_MS).toISOString();
    await revocations.revokeToken(scope, { ...deed.token, expiresAt, reason: deed.reason });
  } else if ("subject" in deed) await revocations.revokeSubject(scope, { subject: deed.subject, reason: deed.reason });
  else if ("suspend" in deed) await revocations.suspend(scope, { reason: deed.reason });
  else if ("purgeKeysOf" in deed) await identityProviders.purgeKeys(scope, { name: deed.purgeKeysOf, reason: deed.reason });
  else for (const { id } of (await revocations.listOf(scope, {})).items) await revocations.lift(scope, { id });
}

/**
 * Tells the demo company's story through the services: six weeks of edits and revisions, and edits that wait in the draft.
 * Does nothing on an installation that has a tenant or a revision.
 * @returns whether it did anything
 */
export async function seedDemoConfiguration(deps: ControlPlaneDeps, surroundings: DemoSurroundings): Promise<boolean> {
  const { fleet } = deps.data;
  const [tenants, revisions] = await Promise.all([fleet.tenant.count(), fleet.revision.count()]);
  if (tenants > 0 || revisions > 0) return false;
  const now = deps.clock.now();
  const world = await openDemoWorld(deps);
  try {
    await fleet.installation.update({ where: { id: 1 }, data: { orgName: DEMO_ORGANISATION } });
    for (const { hoursAgo, by, documents, keys = [], revocations = [], publish } of chapters(surroundings)) {
      world.at(now - hoursAgo * HOUR_MS);
      await world.controlPlane.config.apply(world.actor(by), { documents: [...documents], prune: false, dryRun: false });
      for (const deed of keys) await dealWithKey(world, world.actor(by), deed);
      for (const deed of revocations) await dealWithRevocation(world, world.actor(by), deed);
      if (publish === undefined) continue;
      world.at(now - hoursAgo * HOUR_MS + REVIEW_MS);
      // Mara reads what her reviewers see, and means it.
      const { warnings, word } = await world.controlPlane.review.show(world.actor("mara"));
      const consent = { acknowledge: warnings.map(({ id }) => id), ...(word === null ? {} : { confirm: word }) };
      const { base } = await world.controlPlane.draft.summary(world.actor("mara"));
      await world.controlPlane.draft.publish(world.actor("mara"), { comment: publish, base, ...consent });
    }
  } finally {
    await world.controlPlane.close();
  }
  return true;
}
