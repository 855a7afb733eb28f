import { type FleetTransaction, notify, Prisma, withFleet } from "@sallyport/data";
import { entityName, tenantSlug } from "@sallyport/snapshot";
import type { NackError } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import type { GroupKeys } from "../internal-keys/group-keys.js";
import { markLive } from "../node-api/record-report.js";
import { NODES_CHANGED } from "../node-api/revision-feed.js";
import type { Reissue } from "../publish/reissue.js";
import type { RevisionLane } from "../publish/revision-lane.js";
import { REVISION_CHANNEL } from "../publish/write-revision.js";
import { parseNackErrors } from "../revisions/node-states.js";
import { recordRevocation } from "../revocations/record-revocation.js";
import { givenReason } from "../revocations/revocations.schemas.js";
import type { ContentKeys } from "../secrets/content-keys.js";
import { parse } from "../validation.js";
import type { NodeRow } from "./node-rows.js";
import { readNodes } from "./read-nodes.js";
import { readTargets, type TargetAtNodes } from "./read-targets.js";

const CHANGED = { id: true, name: true, groupId: true, status: true, nackedRevision: true, renewsKey: true } as const satisfies Prisma.NodeSelect;

/** A revision at a node, newest first. */
export interface NodeDelivery {
  readonly revision: number;
  readonly state: "applied" | "refused";
  readonly at: Date;
  readonly applyMs: number | null;
  readonly errors: readonly NackError[];
}

/** A node's own key. */
interface NodeKeyState {
  /** Enrolment, or the last renewal. */
  readonly since: Date;
  /** The node's build renews its keys by itself. */
  readonly renews: boolean;
  /** Somebody asked for a renewal that has not come yet. */
  readonly askedAt: Date | null;
  /** The key before, which is still good until `acceptedUntil`, or was. Null for a node that has not renewed its keys. */
  readonly previous: { readonly kid: string; readonly renewedAt: Date; readonly acceptedUntil: Date } | null;
}

export interface NodeDetail extends NodeRow {
  /** RFC 7638 thumbprint of the key that it is known by. */
  readonly kid: string;
  readonly key: NodeKeyState;
  readonly deliveries: readonly NodeDelivery[];
}

export interface Nodes {
  /** All but the archived, by name. */
  list(actor: Actor): Promise<NodeRow[]>;
  /** @throws ServiceError `not_found`. */
  get(actor: Actor, input: NodeName): Promise<NodeDetail>;
  /** How the nodes see the targets of one upstream; empty where none has told. */
  targets(actor: Actor, input: UpstreamName): Promise<TargetAtNodes[]>;
  /**
   * Stops the node at its next poll, for good: to come back it enrols anew. Its group's secrets get a new content key, in a new
   * revision: what it keeps opens nothing that is sent from now on.
   */
  revoke(actor: Actor, input: z.input<typeof revokeNodeInput>): Promise<void>;
  /** Takes a node off the page. @throws ServiceError `precondition` for one that is still active. */
  archive(actor: Actor, input: NodeName): Promise<void>;
  /**
   * Asks the node to renew its keys now; it does so within seconds.
   * @throws ServiceError `precondition` for one that is not active, or whose build does not renew keys.
   */
  askToRenew(actor: Actor, input: NodeName): Promise<void>;
  /** Sends a node once more what it refused. @throws ServiceError `precondition` when it refused nothing. */
  retry(actor: Actor, input: NodeName): Promise<void>;
}

const nodeName = z.strictObject({ name: z.string().min(1).max(63) });
type NodeName = z.input<typeof nodeName>;
export const revokeNodeInput = nodeName.extend({ reason: givenReason });
const upstreamName = z.strictObject({ tenant: tenantSlug, upstream: entityName });
type UpstreamName = z.input<typeof upstreamName>;

export interface NodesParts {
  readonly lane: RevisionLane;
  readonly reissue: Reissue;
  readonly contentKeys: ContentKeys;
  readonly groupKeys: GroupKeys;
  /** A node may call no more, or again: whoever answers nodes here looks anew. */
  readonly nodesChanged: () => void;
}

async function readKey(tx: FleetTransaction, id: string): Promise<{ kid: string; key: NodeKeyState }> {
  const [previous] = await tx.nodePastKey.findMany({
    where: { nodeId: id },
    orderBy: { renewedAt: "desc" },
    take: 1,
    select: { kid: true, renewedAt: true, acceptedUntil: true },
  });
  const { kid, keySince, renewsKey, renewalAskedAt } = await tx.node.findUniqueOrThrow({
    where: { id },
    select: { kid: true, keySince: true, renewsKey: true, renewalAskedAt: true },
  });
  return { kid, key: { since: keySince, renews: renewsKey, askedAt: renewalAskedAt, previous: previous ?? null } };
}

export function createNodes(deps: ControlPlaneDeps, parts: NodesParts): Nodes {
  /** One change of one node: its audit row, and word to every replica. */
  async function change(
    actor: Actor,
    input: NodeName,
    verb: "revoke" | "archive" | "retry" | "ask_renewal",
    work: (
      tx: FleetTransaction,
      node: { id: string; name: string; groupId: string; status: string; nackedRevision: number | null; renewsKey: boolean },
      at: Date,
    ) => Promise<void>,
  ): Promise<void> {
    requireFleetGrant(actor, "node.write");
    const { name } = parse(nodeName, input);
    const at = new Date(deps.clock.now());
    const within = verb === "revoke" ? parts.lane : <T>(each: (tx: FleetTransaction) => Promise<T>) => withFleet(deps.data.fleet, each);
    await within(async (tx) => {
      const node = await tx.node.findUnique({ where: { name }, select: CHANGED });
      if (node === null) throw notFound("node");
      // Before the word of a revision that the work may make: a node that is revoked is known as such when that one wakes its poll.
      await notify(tx, REVISION_CHANNEL, NODES_CHANGED);
      await work(tx, node, at);
      await recordAudit(tx, actor, [{ action: `node.${verb}`, targetKind: "Node", targetName: name }], at);
    });
    parts.nodesChanged();
  }

  return {
    async list(actor) {
      requireFleetGrant(actor, "node.read");
      return withFleet(deps.data.fleet, (tx) => readNodes(tx, deps.clock.now()));
    },

    async get(actor, input) {
      requireFleetGrant(actor, "node.read");
      const { name } = parse(nodeName, input);
      return withFleet(deps.data.fleet, async (tx) => {
        const row = (await readNodes(tx, deps.clock.now())).find((node) => node.name === name);
        if (row === undefined) throw notFound("node");
        const { kid, key } = await readKey(tx, row.id);
        const deliveries = await tx.revisionDelivery.findMany({ where: { nodeId: row.id }, orderBy: { revision: "desc" }, take: 20 });
        const toDelivery = ({ revision, state, at, applyMs, errors }: (typeof deliveries)[number]): NodeDelivery => ({
          revision,
          state,
          at,
          applyMs,
          errors: parseNackErrors(errors),
        });
        return { ...row, kid, key, deliveries: deliveries.map(toDelivery) };
      });
    },

    async targets(actor, input) {
      requireFleetGrant(actor, "node.read");
      const where = parse(upstreamName, input);
      return withFleet(deps.data.fleet, (tx) => readTargets(tx, where, deps.clock.now()));
    },

    async revoke(actor, raw) {
      requireFleetGrant(actor, "node.write");
      const { reason, ...input } = parse(revokeNodeInput, raw);
      await change(actor, input, "revoke", async (tx, { name, ...node }, at) => {
        if (node.status !== "active") throw new ServiceError("precondition", `The node is ${node.status} already.`);
        await tx.node.update({ where: { id: node.id }, data: { status: "revoked" } });
        await recordRevocation(tx, actor, { kind: "node", name, reason }, at);
        // Nobody waits for it any more.
        await markLive(tx, node.groupId, at);
        // It has had the key that signs internal tokens, too: the next one takes over as soon as upstreams can know it.
        await parts.groupKeys.rotate(tx, node.groupId);
        if (await parts.contentKeys.retire(tx, node.groupId))
          await parts.reissue(tx, actor, `Node ${name} was revoked: its group's secrets have a new content key`);
      });
    },

    archive: (actor, input) =>
      change(actor, input, "archive", async (tx, node) => {
        if (node.status === "active") throw new ServiceError("precondition", "The node is still active. Revoke it first, then archive it.");
        await tx.node.update({ where: { id: node.id }, data: { status: "archived" } });
      }),

    askToRenew: (actor, input) =>
      change(actor, input, "ask_renewal", async (tx, node, at) => {
        if (node.status !== "active") throw new ServiceError("precondition", `The node is ${node.status}: it cannot renew its keys.`);
        if (!node.renewsKey)
          throw new ServiceError(
            "precondition",
            "The node's build does not renew keys, or it has not reported yet. Upgrade the node, or revoke it and enrol it anew.",
          );
        await tx.node.update({ where: { id: node.id }, data: { renewalAskedAt: at } });
      }),

    retry: (actor, input) =>
      change(actor, input, "retry", async (tx, node) => {
        if (node.nackedRevision === null) throw new ServiceError("precondition", "The node has refused nothing: there is nothing to try again.");
        await tx.node.update({ where: { id: node.id }, data: { nackedRevision: null, nackErrors: Prisma.DbNull } });
      }),
  };
}
