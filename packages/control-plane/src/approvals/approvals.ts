import { type FleetTransaction, type Prisma, withFleet } from "@sallyport/data";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { personBehind } from "../access/person-behind.js";
import { requireFleetGrant, requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { asJson } from "../objects/write-stored.js";
import type { DraftState } from "../publish/draft-reader.js";
import { type PublishInput, publishInput } from "../publish/publish.schemas.js";
import type { Publisher, PublisherParts } from "../publish/publisher.js";
import { type Publishing, requireExtras } from "../publish/publishing.js";
import { parse } from "../validation.js";
import { approveInput, rejectInput, requireApprovalInput } from "./approvals.schemas.js";
import { asksForApproval } from "./asked-for.js";

type Stored = Prisma.PublishRequestGetPayload<object>;

/** A publish that waits, or waited, for a second person. */
export interface PublishRequest {
  readonly id: number;
  readonly state: Stored["state"];
  /** Of one that waits: what was reviewed is no longer what would be published. It can only be asked for anew. */
  readonly isVoid: boolean;
  readonly comment: string;
  readonly sections: readonly string[];
  readonly requestedAt: Date;
  readonly requestedByName: string;
  /** The reader asked for it, by whatever name: somebody else has to approve. */
  readonly isOwn: boolean;
  readonly decidedAt: Date | null;
  readonly decidedByName: string | null;
  readonly reason: string | null;
  readonly revision: number | null;
}

/** What became of a publish: a revision, or a request that waits. */
export type Submitted = { readonly revision: number; readonly waiting?: undefined } | { readonly waiting: number; readonly revision?: undefined };

/** Publishing by two persons, where the installation asks for it. */
export interface Approvals {
  isRequired(actor: Actor): Promise<boolean>;
  /** Switches it on or off. @throws ServiceError `forbidden` for all but those who may write people, `conflict` when `was` no longer stands */
  require(scope: FleetScope, input: z.input<typeof requireApprovalInput>): Promise<{ required: boolean }>;
  /** Publishes, or asks for approval where that is needed. @throws ServiceError as `Publisher.publish` does: nothing waits that could not be published */
  submit(actor: Actor, input: PublishInput): Promise<Submitted>;
  /** The newest first; those that wait before all others. */
  list(actor: Actor): Promise<PublishRequest[]>;
  /**
   * Publishes what was asked for. @throws ServiceError `forbidden` for who asked for it; `precondition` when it is decided, or void: then it is
   * marked so; and as `Publisher.publish` does
   */
  approve(actor: Actor, input: z.input<typeof approveInput>): Promise<{ revision: number }>;
  /** By somebody else it is rejected, by who asked for it withdrawn. @throws ServiceError `precondition` when it is decided */
  reject(actor: Actor, input: z.input<typeof rejectInput>): Promise<void>;
}

interface Decision {
  readonly state: Stored["state"];
  readonly reason?: string;
  readonly revision?: number;
}

const SHOWN = 50;
const VOID = "What was reviewed is no longer what would be published: the draft or the live revision changed. Ask for approval anew.";

export function createApprovals(deps: ControlPlaneDeps, parts: PublisherParts, publishing: Publishing, publisher: Publisher): Approvals {
  /** Whether the same content would still come out. */
  async function stands(tx: FleetTransaction, { content, input }: Stored, draft: DraftState): Promise<boolean> {
    try {
      return (await publishing.compose(tx, publishInput.parse(input).sections, draft)).content === content;
    } catch (error) {
      // A section that it names no longer differs.
      if (error instanceof ServiceError && error.code === "invalid") return false;
      throw error;
    }
  }

  async function waiting(tx: FleetTransaction, id: number): Promise<Stored> {
    await tx.$executeRaw`select 1 from publish_request where id = ${id} for update`;
    const stored = await tx.publishRequest.findUnique({ where: { id } });
    if (stored === null) throw notFound("publish request");
    if (stored.state !== "waiting")
      throw new ServiceError("precondition", `Request ${id} is decided: ${stored.decidedByName ?? "somebody"} ${stored.state} it.`);
    return stored;
  }

  async function decide(tx: FleetTransaction, actor: Actor, stored: Stored, decision: Decision): Promise<void> {
    const at = new Date(deps.clock.now());
    await tx.publishRequest.update({ where: { id: stored.id }, data: { ...decision, decidedAt: at, decidedByName: actor.name } });
    const { state, reason = null, revision = null } = decision;
    const after = { state, reason, revision, comment: publishInput.parse(stored.input).comment, requestedBy: stored.requestedByName };
    const action = `publish_request.${ACTIONS[state]}`;
    await recordAudit(tx, actor, [{ action, targetKind: "PublishRequest", targetName: String(stored.id), after }], at);
  }

  return {
    async isRequired(actor) {
      requireFleetGrant(actor, "draft.read");
      return withFleet(deps.data.fleet, asksForApproval);
    },

    async require(scope, raw) {
      requireOnFleet(scope, "people.write");
      const { required, was } = parse(requireApprovalInput, raw);
      return withFleet(deps.data.fleet, async (tx) => {
        await tx.$executeRaw`select 1 from installation where id = 1 for update`;
        const before = await asksForApproval(tx);
        if (before !== was)
          throw new ServiceError("conflict", "Somebody changed it meanwhile. Look again, then save.", { current: { required: before } });
        if (before === required) return { required };
        await tx.installation.update({ where: { id: 1 }, data: { publishApproval: required } });
        const entry = {
          ...{ action: "installation.require_approval", targetKind: "Installation", targetName: required ? "on" : "off" },
          ...{ before: { required: before }, after: { required } },
        };
        await recordAudit(tx, scope.actor, [entry], new Date(deps.clock.now()));
        return { required };
      });
    },

    async submit(actor, raw) {
      requireFleetGrant(actor, "revision.publish");
      const wanted = parse(publishInput, raw);
      if (wanted.breakGlass !== undefined || !(await withFleet(deps.data.fleet, asksForApproval))) return publisher.publish(actor, raw);
      requireExtras(actor, wanted);
      const signing = await parts.material();
      return parts.lane(async (tx) => {
        const { content, selected } = await publishing.prepare(tx, wanted, signing);
        const at = new Date(deps.clock.now());
        const input = { ...wanted, sections: [...selected] };
        const { id } = await tx.publishRequest.create({
          data: { content, input: asJson(input), requestedAt: at, requestedBy: await personBehind(tx, actor), requestedByName: actor.name },
          select: { id: true },
        });
        const after = { comment: wanted.comment, sections: selected.slice(0, 200), content };
        await recordAudit(tx, actor, [{ action: "publish_request.create", targetKind: "PublishRequest", targetName: String(id), after }], at);
        return { waiting: id };
      });
    },

    async list(actor) {
      requireFleetGrant(actor, "draft.read");
      return withFleet(deps.data.fleet, async (tx) => {
        const person = await personBehind(tx, actor);
        const rows = await tx.publishRequest.findMany({ orderBy: [{ state: "asc" }, { id: "desc" }], take: SHOWN });
        // Good enough to be shown, and read once for all: who approves is told by what is read anew.
        const draft = rows.some(({ state }) => state === "waiting") ? await parts.drafts.read() : null;
        const found: PublishRequest[] = [];
        for (const row of rows) {
          const { comment, sections = [] } = publishInput.parse(row.input);
          const { id, state, requestedAt, requestedByName, decidedAt, decidedByName, reason, revision } = row;
          const isVoid = state === "waiting" && draft !== null && !(await stands(tx, row, draft));
          const isOwn = row.requestedBy === person;
          found.push({ id, state, isVoid, comment, sections, requestedAt, requestedByName, isOwn, decidedAt, decidedByName, reason, revision });
        }
        return found;
      });
    },

    async approve(actor, raw) {
      requireFleetGrant(actor, "revision.publish");
      const { id } = parse(approveInput, raw);
      const signing = await parts.material();
      const outcome = await parts.lane(async (tx) => {
        const stored = await waiting(tx, id);
        if (stored.requestedBy === (await personBehind(tx, actor)))
          throw new ServiceError("forbidden", "You asked for this publish: a second person has to approve it.");
        const wanted = publishInput.parse(stored.input);
        requireExtras(actor, wanted);
        if (!(await stands(tx, stored, await parts.drafts.readAnew()))) {
          await decide(tx, actor, stored, { state: "voided", reason: VOID });
          return null;
        }
        const prepared = await publishing.prepare(tx, wanted, signing);
        const author = { id: stored.requestedBy, name: stored.requestedByName };
        const revision = await publishing.write(tx, actor, prepared, { author, approvedBy: actor.name }, signing);
        await decide(tx, actor, stored, { state: "approved", revision });
        return { revision };
      });
      // The mark stays, hence not thrown inside.
      if (outcome === null) throw new ServiceError("precondition", VOID);
      return outcome;
    },

    async reject(actor, raw) {
      requireFleetGrant(actor, "revision.publish");
      const { id, reason } = parse(rejectInput, raw);
      await withFleet(deps.data.fleet, async (tx) => {
        const stored = await waiting(tx, id);
        const isOwn = stored.requestedBy === (await personBehind(tx, actor));
        await decide(tx, actor, stored, { state: isOwn ? "withdrawn" : "rejected", reason });
      });
    },
  };
}

const ACTIONS = {
  waiting: "create",
  approved: "approve",
  rejected: "reject",
  withdrawn: "withdraw",
  voided: "void",
} as const satisfies Record<Stored["state"], string>;
