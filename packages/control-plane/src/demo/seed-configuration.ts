import { withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { grantsOf } from "../access/grants.js";
import { type ControlPlane, createControlPlane } from "../control-plane.js";
import type { ControlPlaneDeps } from "../deps.js";
import type { RolloutPlanInput } from "../rollouts/rollout-plan.schemas.js";
import { chapters, type DemoSurroundings, type KeyDeed, type RevocationDeed } from "./chapters.js";
import { DEMO_ORGANISATION, DEMO_PEOPLE, type DemoPerson } from "./company.js";
import { seedRadarHistory } from "./radar-story.js";
import { DEMO_STAGES, type PastFleet, startPastFleet } from "./rollout-story.js";

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

/** Mara reads what her reviewers see, and means it. @returns the revision's number */
async function publishChapter({ controlPlane, actor }: DemoWorld, comment: string, stages: { rollout?: RolloutPlanInput }): Promise<number> {
  const mara = actor("mara");
  const { warnings, word } = await controlPlane.review.show(mara);
  const { base } = await controlPlane.draft.summary(mara);
  const consent = { acknowledge: warnings.map(({ id }) => id), ...(word === null ? {} : { confirm: word }) };
  return (await controlPlane.draft.publish(mara, { comment, base, ...consent, ...stages })).revision;
}

/**
 * Tells the demo company's story through the services: six weeks of edits and revisions, two of them in stages, and edits that wait in the draft.
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
    let nodes: PastFleet | null = null;
    for (const { hoursAgo, by, documents, keys = [], revocations = [], publish, rollout, retiresNodes } of chapters(surroundings)) {
      world.at(now - hoursAgo * HOUR_MS);
      await world.controlPlane.config.apply(world.actor(by), { documents: [...documents], prune: false, dryRun: false });
      for (const deed of keys) await dealWithKey(world, world.actor(by), deed);
      for (const deed of revocations) await dealWithRevocation(world, world.actor(by), deed);
      if (publish === undefined) continue;
      nodes ??= await startPastFleet(world);
      if (rollout !== undefined) await nodes.catchUp();
      world.at(now - hoursAgo * HOUR_MS + REVIEW_MS);
      if (rollout !== undefined) await nodes.tellOfBefore();
      const revision = await publishChapter(world, publish, rollout === undefined ? {} : { rollout: DEMO_STAGES });
      if (rollout !== undefined) await nodes.follow(revision, rollout);
      if (!retiresNodes) continue;
      world.at(now - (hoursAgo - 1) * HOUR_MS);
      await nodes.retire();
    }
    await seedRadarHistory(world, now);
  } finally {
    await world.controlPlane.close();
  }
  return true;
}
