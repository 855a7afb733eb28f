import { type FleetTransaction, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { asJson } from "../objects/write-stored.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { bringBack } from "./bring-back.js";
import { inSentence } from "./halt-sentence.js";
import { type Halt, nextStep, type Step } from "./judge.js";
import { openStage } from "./open-stage.js";
import { readFacts } from "./read-facts.js";
import { completeRollout } from "./settle-rollout.js";
import { findUnsettled, type Rollout } from "./unsettled-rollout.js";

export type EngineParts = Pick<RevisionParts, "lane" | "material" | "readLive" | "sections">;

/** Moves rollouts on by what nodes have told. It keeps nothing in memory: any replica takes the next step, whichever took the last. */
export interface RolloutEngine {
  /** Takes the next step, if there is one. @returns whether it took one */
  advance(): Promise<boolean>;
  /** Looks every second from here on. */
  start(): void;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

const engineActor = (): Actor => ({
  kind: "system",
  id: "rollouts",
  name: "Rollouts",
  ip: null,
  requestId: uuidv7(),
  grants: { fleet: new Set(), tenants: new Map() },
});

export function createRolloutEngine(deps: ControlPlaneDeps, parts: EngineParts): RolloutEngine {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  let closed = false;

  /** What is next by what is stored now; null when no rollout is under way. */
  async function look(tx: FleetTransaction): Promise<{ rollout: Rollout; step: Step } | null> {
    const rollout = await findUnsettled(tx);
    if (rollout === null || (rollout.state !== "running" && rollout.state !== "paused")) return null;
    return { rollout, step: nextStep(await readFacts(tx, rollout, deps.clock.now())) };
  }

  async function halt(tx: FleetTransaction, rollout: Rollout, why: Halt, at: Date): Promise<void> {
    const actor = engineActor();
    const { revision } = rollout;
    await tx.rollout.update({ where: { revision }, data: { state: "halted", halt: asJson(why), haltedAt: at, version: { increment: 1 } } });
    await recordAudit(tx, actor, [{ action: "rollout.halt", targetKind: "Rollout", targetName: String(revision), after: why }], at);
    if (rollout.plan.rollback === "manual") return;
    const comment = `Revision ${revision} was rolled back by itself: ${inSentence(why)}`;
    await bringBack(tx, actor, { rollout, comment }, parts);
  }

  async function take(tx: FleetTransaction, rollout: Rollout, step: Step): Promise<void> {
    const now = deps.clock.now();
    const at = new Date(now);
    const audited = (action: string, after: unknown) =>
      recordAudit(tx, engineActor(), [{ action, targetKind: "Rollout", targetName: String(rollout.revision), after }], at);
    switch (step.kind) {
      case "wait":
        return;
      case "soak":
        await tx.rollout.update({ where: { revision: rollout.revision }, data: { soakFrom: step.from, version: { increment: 1 } } });
        return;
      case "suspect":
        await tx.rollout.update({ where: { revision: rollout.revision }, data: { suspectSince: step.since, version: { increment: 1 } } });
        return;
      case "open":
        await openStage(tx, rollout, step.stage, now);
        return audited("rollout.open_stage", { stage: step.stage + 1 });
      case "complete":
        await completeRollout(tx, rollout, parts.sections, at);
        return audited("rollout.complete", { stage: rollout.stage + 1 });
      case "halt":
        return halt(tx, rollout, step.halt, at);
      default:
        return step satisfies never;
    }
  }

  async function advance(): Promise<boolean> {
    const seen = await withFleet(deps.data.fleet, look);
    if (seen === null || seen.step.kind === "wait") return false;
    // Under the revisions' lock once more: of two replicas that saw the same the second one finds it done.
    return parts.lane(async (tx) => {
      const found = await look(tx);
      if (found === null || found.step.kind === "wait") return false;
      failpoint("rollout.step_found");
      await take(tx, found.rollout, found.step);
      failpoint("rollout.step_taken");
      return true;
    });
  }

  const later = (): void => {
    if (closed) return;
    timer = setTimeout(
      () => {
        underWay = advance()
          .catch((error: unknown) => deps.log.warn({ err: error }, "The rollout could not be looked at; it stays as it is, and is looked at again."))
          .finally(later);
      },
      LOOK_EVERY_MS * (0.8 + Math.random() * 0.4),
    ).unref();
  };

  return {
    advance,
    start() {
      if (timer === undefined) later();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
