import { withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";
import { invalid, parse } from "../validation.js";
import { type CreateJoinTokenInput, createJoinTokenInput, joinTokenId } from "./join-tokens.schemas.js";

export interface JoinTokenRow {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly kind: "one_off" | "reusable";
  readonly state: "active" | "used" | "expired" | "revoked";
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  /** Name of the node that used it last. */
  readonly usedByNode: string | null;
  readonly createdByName: string | null;
  readonly createdAt: Date;
}

/** Tokens with which a node comes in. The token is shown once; only its hash is kept. */
export interface JoinTokens {
  create(actor: Actor, input: CreateJoinTokenInput): Promise<{ id: string; token: string; expiresAt: Date }>;
  /** Newest first, the last 200. */
  list(actor: Actor): Promise<JoinTokenRow[]>;
  /** @throws ServiceError `not_found`, `precondition` when it is used up, expired or revoked already. */
  revoke(actor: Actor, input: { readonly id: string }): Promise<void>;
}

interface Lifetime {
  readonly kind: "one_off" | "reusable";
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly revokedAt: Date | null;
}

function stateOf(token: Lifetime, now: number): JoinTokenRow["state"] {
  if (token.revokedAt !== null) return "revoked";
  if (token.kind === "one_off" && token.usedAt !== null) return "used";
  return token.expiresAt.getTime() <= now ? "expired" : "active";
}

export function createJoinTokens(deps: ControlPlaneDeps, keys: SigningKeys): JoinTokens {
  return {
    async create(actor, input) {
      requireFleetGrant(actor, "node.write");
      const { group: name, label, kind, expiresInMinutes } = parse(createJoinTokenInput, input);
      const { kid } = await keys.active();
      const token = `spj_${randomSecret()}.${kid}`;
      const id = uuidv7();
      const at = new Date(deps.clock.now());
      const expiresAt = new Date(at.getTime() + expiresInMinutes * 60_000);
      await withFleet(deps.data.fleet, async (tx) => {
        const group = await tx.nodeGroup.findUnique({ where: { name }, select: { id: true } });
        if (group === null) throw invalid([{ path: "group", message: `there is no node group "${name}"; create it first or choose another` }]);
        const row = { id, hash: tokenHash(token), groupId: group.id, label, kind, expiresAt, createdBy: actor.name, createdAt: at };
        await tx.joinToken.create({ data: row });
        const after = { group: name, label, kind, expiresAt: expiresAt.toISOString() };
        await recordAudit(tx, actor, [{ action: "join_token.create", targetKind: "JoinToken", targetName: label, after }], at);
      });
      return { id, token, expiresAt };
    },

    async list(actor) {
      requireFleetGrant(actor, "node.read");
      const now = deps.clock.now();
      return withFleet(deps.data.fleet, async (tx) => {
        const rows = await tx.joinToken.findMany({ orderBy: { createdAt: "desc" }, take: 200, include: { group: { select: { name: true } } } });
        const ids = rows.flatMap(({ usedByNodeId }) => usedByNodeId ?? []);
        const nodes = await tx.node.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
        const names = new Map(nodes.map(({ id, name }) => [id, name]));
        return rows.map((row) => ({
          id: row.id,
          group: row.group.name,
          label: row.label,
          kind: row.kind,
          state: stateOf(row, now),
          expiresAt: row.expiresAt,
          usedAt: row.usedAt,
          usedByNode: names.get(row.usedByNodeId ?? "") ?? null,
          createdByName: row.createdBy,
          createdAt: row.createdAt,
        }));
      });
    },

    async revoke(actor, input) {
      requireFleetGrant(actor, "node.write");
      const { id } = parse(joinTokenId, input);
      const at = new Date(deps.clock.now());
      await withFleet(deps.data.fleet, async (tx) => {
        const row = await tx.joinToken.findUnique({ where: { id } });
        if (row === null) throw notFound("join token");
        const state = stateOf(row, at.getTime());
        if (state !== "active") throw new ServiceError("precondition", `The join token is ${state} already: there is nothing to revoke.`);
        await tx.joinToken.update({ where: { id }, data: { revokedAt: at } });
        await recordAudit(tx, actor, [{ action: "join_token.revoke", targetKind: "JoinToken", targetName: row.label }], at);
      });
    },
  };
}
