import type { FleetTransaction } from "@sallyport/data";
import type { Actor } from "../access/actor.js";
import { recordAudit } from "../audit/record-audit.js";
import { type FieldIssue, ServiceError } from "../errors.js";
import type { EnvelopeMaterial } from "../publish/group-envelopes.js";
import type { LiveRevision } from "../publish/live-revision.js";
import { publishedRevision } from "../publish/published-revision.js";
import { repeatRevision } from "../publish/repeat-revision.js";
import { contentOf } from "../publish/write-revision.js";
import { invalid } from "../validation.js";
import { beginRollout } from "./open-stage.js";
import { type RolloutPlan, wholePlan } from "./rollout-plan.schemas.js";
import type { Rollout } from "./unsettled-rollout.js";

/** A plan whose last stage is everybody, and the groups that it names. */
interface Staging {
  readonly plan: RolloutPlan;
  /** Ids; null for all. */
  readonly groups: readonly string[] | null;
}

const IN_WORDS = { running: "is being rolled out", paused: "is being rolled out, and paused", halted: "was halted on its way" } as const;

/** @throws ServiceError `precondition` while a rollout runs, is paused or halted: what it does is not to be overtaken by accident. */
export function refuseUnderWay(rollout: Rollout | null): void {
  if (rollout === null) return;
  const { revision, state } = rollout;
  if (state !== "running" && state !== "paused" && state !== "halted") return;
  throw new ServiceError(
    "precondition",
    `Revision ${revision} ${IN_WORDS[state]}. Wait for it, roll it back, or publish over it on purpose (supersede).`,
    { current: { rollout: revision, state } },
  );
}

/** The plan with the ids of what it names. @throws ServiceError `invalid` for a group or a node that there is not. */
export async function stagingOf(tx: FleetTransaction, asked: RolloutPlan): Promise<Staging> {
  const plan = wholePlan(asked);
  const groups = await tx.nodeGroup.findMany({ select: { id: true, name: true } });
  const idOf = new Map(groups.map(({ id, name }) => [name, id]));
  const staged = plan.groups?.map((name) => idOf.get(name)) ?? null;
  const nodes = await tx.node.findMany({
    where: { status: "active", ...(staged === null ? {} : { groupId: { in: staged.flatMap((id) => id ?? []) } }) },
    select: { name: true },
  });
  const known = new Set(nodes.map(({ name }) => name));
  const missing = (names: readonly string[] | undefined, path: string): FieldIssue[] =>
    (names ?? []).flatMap((name, index) => (idOf.has(name) ? [] : [{ path: `${path}.${index}`, message: `there is no node group ${name}` }]));
  const issues: FieldIssue[] = [
    ...missing(plan.groups, "rollout.groups"),
    ...plan.stages.flatMap((stage, at) => missing(stage.groups, `rollout.stages.${at}.groups`)),
    ...plan.stages.flatMap((stage, at) =>
      (stage.nodes ?? []).flatMap((name, index) =>
        known.has(name) ? [] : [{ path: `rollout.stages.${at}.nodes.${index}`, message: `there is no active node ${name} in these groups` }],
      ),
    ),
  ];
  if (issues.length > 0) throw invalid(issues);
  return { plan, groups: staged === null ? null : staged.flatMap((id) => id ?? []) };
}

interface Publishing {
  readonly live: LiveRevision | null;
  readonly underWay: Rollout | null;
  readonly isStaged: boolean;
}

/**
 * The content that nodes keep which a publish does not reach at once. After a rollout that is superseded that is still the one before both:
 * it gets a number above all that some nodes run already, so that those can go back to it.
 * @returns null before the first publish
 * @throws ServiceError `precondition` for stages without anything that nodes could keep
 */
export async function keptContent(
  tx: FleetTransaction,
  actor: Actor,
  { live, underWay, isStaged }: Publishing,
  material: EnvelopeMaterial,
): Promise<LiveRevision | null> {
  if (live === null && isStaged)
    throw new ServiceError(
      "precondition",
      "Nothing is published yet: there is nothing that nodes of later stages could keep. Publish to all at once.",
    );
  if (underWay === null || live === null) return live;
  const held = await publishedRevision(tx, underWay.held);
  if (held === null || !isStaged) return held;
  const comment = `What nodes keep from before revision ${underWay.revision}`;
  const number = await repeatRevision(tx, actor, held, { comment, kept: [live.manifest] }, material);
  return { ...held, number, reissueOf: contentOf(held) };
}

interface Begun {
  readonly revision: number;
  readonly old: LiveRevision | null;
  readonly staging: Staging;
}

/** Begins the rollout of a revision that was just written, with its audit row. */
export async function beginStaged(tx: FleetTransaction, actor: Actor, { revision, old, staging }: Begun, at: Date): Promise<void> {
  if (old === null) throw new Error("A rollout needs a content that nodes keep.");
  await beginRollout(tx, { revision, held: old.number, base: contentOf(old), ...staging }, at.getTime());
  const after = { plan: staging.plan, base: contentOf(old) };
  await recordAudit(tx, actor, [{ action: "rollout.begin", targetKind: "Rollout", targetName: String(revision), after }], at);
}
