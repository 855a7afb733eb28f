import { type FleetTransaction, withFleet } from "@sallyport/data";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import type { Permission } from "../access/permissions.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { decodeCursor, encodeCursor, type Page, pageOf } from "../page.js";
import { revisionNumber } from "../publish/publish.schemas.js";
import { parse } from "../validation.js";
import { bringBack } from "./bring-back.js";
import { createRolloutEngine, type EngineParts, type RolloutEngine } from "./engine.js";
import { openStage } from "./open-stage.js";
import { type RolloutDetail, type RolloutRow, readDetail, readRows } from "./rollout-rows.js";
import { rolloutNumber, rolloutsInput } from "./rollouts.schemas.js";
import { isLastStage, ROLLOUT, type Rollout, toRollout } from "./unsettled-rollout.js";

type RolloutNumber = z.input<typeof rolloutNumber>;

/** Revisions on their way in stages (docs/rollouts.md). Each is known by the number of the revision that was published. */
export interface Rollouts extends RolloutEngine {
  /** Newest first. */
  list(actor: Actor, input?: z.input<typeof rolloutsInput>): Promise<Page<RolloutRow>>;
  /** @throws ServiceError `not_found`. */
  get(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
  /** Opens the next stage now, whatever its time; also of one that is paused or halted. @throws ServiceError `not_found`, `precondition`. */
  promote(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
  /** Nothing is promoted until it is resumed; what harms still halts it. @throws ServiceError `not_found`, `precondition`. */
  pause(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
  /** Goes on with the stage where it is; its time and its judgement begin anew. @throws ServiceError `not_found`, `precondition`. */
  resume(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
  /** Ends it where it is: nodes keep what each has, until a rollback or the next publish. @throws ServiceError `not_found`, `precondition`. */
  abort(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
  /** A new revision with the old content, for all nodes. @throws ServiceError `not_found`, `precondition`. */
  rollback(actor: Actor, input: RolloutNumber): Promise<RolloutDetail>;
}

const IN_WORDS = { rolled_back: "was rolled back", completed: "is complete", superseded: "was superseded", aborted: "was aborted" } as const;

export function createRollouts(deps: ControlPlaneDeps, parts: EngineParts): Rollouts {
  async function find(tx: FleetTransaction, revision: number): Promise<Rollout> {
    const row = await tx.rollout.findUnique({ where: { revision }, select: ROLLOUT });
    if (row === null) throw notFound("rollout");
    return toRollout(row);
  }

  interface Change {
    readonly permission: Permission;
    readonly verb: "promote" | "pause" | "resume" | "abort" | "rollback";
    /** States in which it can be done. */
    readonly from: readonly Rollout["state"][];
    work(tx: FleetTransaction, rollout: Rollout, now: number): Promise<void>;
  }

  /** One change of one rollout under the revisions' lock, with its audit row. */
  async function change(actor: Actor, input: RolloutNumber, { permission, verb, from, work }: Change): Promise<RolloutDetail> {
    requireFleetGrant(actor, permission);
    const { revision } = parse(rolloutNumber, input);
    return parts.lane(async (tx) => {
      const rollout = await find(tx, revision);
      const { state } = rollout;
      if (!from.includes(state)) {
        const is = state in IN_WORDS ? IN_WORDS[state as keyof typeof IN_WORDS] : `is ${state}`;
        throw new ServiceError("precondition", `The rollout of revision ${revision} ${is}: it cannot be changed so any more.`, {
          current: { state },
        });
      }
      const now = deps.clock.now();
      await work(tx, rollout, now);
      // A rollback writes its own, with the revision that it made.
      if (verb !== "rollback") {
        const entry = { action: `rollout.${verb}`, targetKind: "Rollout", targetName: String(revision), before: { state, stage: rollout.stage + 1 } };
        await recordAudit(tx, actor, [entry], new Date(now));
      }
      return readDetail(tx, await find(tx, revision), now);
    });
  }

  const setState = async (tx: FleetTransaction, { revision }: Rollout, state: "paused" | "aborted"): Promise<void> => {
    await tx.rollout.update({ where: { revision }, data: { state, soakFrom: null, version: { increment: 1 } } });
  };

  return {
    async list(actor, input = {}) {
      requireFleetGrant(actor, "draft.read");
      const { cursor, limit } = parse(rolloutsInput, input);
      const below = cursor === undefined ? null : decodeCursor(cursor, z.tuple([revisionNumber]))[0];
      return withFleet(deps.data.fleet, async (tx) => {
        const where = below === null ? {} : { revision: { lt: below } };
        const stored = await tx.rollout.findMany({ where, orderBy: { revision: "desc" }, take: limit + 1, select: ROLLOUT });
        const page = pageOf(
          stored,
          limit,
          ({ revision }) => encodeCursor([revision]),
          (row) => row,
        );
        return { items: await readRows(tx, page.items.map(toRollout)), nextCursor: page.nextCursor };
      });
    },

    async get(actor, input) {
      requireFleetGrant(actor, "draft.read");
      const { revision } = parse(rolloutNumber, input);
      return withFleet(deps.data.fleet, async (tx) => readDetail(tx, await find(tx, revision), deps.clock.now()));
    },

    promote: (actor, input) =>
      change(actor, input, {
        ...{ permission: "revision.publish", verb: "promote", from: ["running", "paused", "halted"] },
        async work(tx, rollout, now) {
          if (isLastStage(rollout))
            throw new ServiceError("precondition", "The last stage is open already: every node is offered the revision, and it completes by itself.");
          await openStage(tx, rollout, rollout.stage + 1, now);
        },
      }),

    pause: (actor, input) =>
      change(actor, input, {
        ...{ permission: "revision.publish", verb: "pause", from: ["running"] },
        work: (tx, rollout) => setState(tx, rollout, "paused"),
      }),

    resume: (actor, input) =>
      change(actor, input, {
        ...{ permission: "revision.publish", verb: "resume", from: ["paused", "halted"] },
        work: (tx, rollout, now) => openStage(tx, rollout, rollout.stage, now),
      }),

    abort: (actor, input) =>
      change(actor, input, {
        ...{ permission: "revision.publish", verb: "abort", from: ["running", "paused", "halted"] },
        work: (tx, rollout) => setState(tx, rollout, "aborted"),
      }),

    rollback: (actor, input) =>
      change(actor, input, {
        ...{ permission: "revision.rollback", verb: "rollback", from: ["running", "paused", "halted", "aborted"] },
        async work(tx, rollout) {
          await bringBack(tx, actor, { rollout, comment: `The rollout of revision ${rollout.revision} was rolled back` }, parts);
        },
      }),

    ...createRolloutEngine(deps, parts),
  };
}
