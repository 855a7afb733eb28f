import { type DataClients, type FleetTransaction, withFleet } from "@sallyport/data";
import { type NodeGroupSpec, nodeGroupSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import type { FleetObjectRow } from "../fleet/fleet.js";
import { putGroupInput, removeInput } from "../fleet/fleet.schemas.js";
import { objectName } from "../objects/objects.schemas.js";
import { lockFleet } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import { parse } from "../validation.js";
import { checkGroupTenants, requireRemovableGroup } from "./group-rules.js";

/** A node group. */
export type GroupRow = FleetObjectRow<NodeGroupSpec>;

/** Node groups: which gateways run which tenants. */
export interface Groups {
  list(scope: FleetScope): Promise<GroupRow[]>;
  get(scope: FleetScope, name: string): Promise<GroupRow>;
  put(scope: FleetScope, name: string, input: z.input<typeof putGroupInput>): Promise<GroupRow>;
  /** @throws ServiceError `precondition` while nodes or join tokens belong to it, and for `default` */
  remove(scope: FleetScope, name: string, input: z.input<typeof removeInput>): Promise<void>;
}

const find = (tx: FleetTransaction, name: string) => tx.nodeGroup.findUnique({ where: { name } });
type Stored = NonNullable<Awaited<ReturnType<typeof find>>>;

const toRow = ({ name, spec, version, updatedAt, updatedBy }: Stored): GroupRow => ({
  name,
  spec: nodeGroupSpec.parse(spec),
  version,
  updatedAt,
  updatedByName: updatedBy,
});

const conflict = (stored: Stored): ServiceError =>
  new ServiceError("conflict", `${stored.updatedBy ?? "Somebody"} saved ${stored.name} first. Compare both, then save again.`, {
    current: toRow(stored),
  });

export function createGroups({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): Groups {
  async function existing(tx: FleetTransaction, name: string): Promise<Stored> {
    const stored = await find(tx, name);
    if (stored === null) throw notFound("node group");
    return stored;
  }

  return {
    async list(scope) {
      requireOnFleet(scope, "node.read");
      const rows = await data.fleet.nodeGroup.findMany({ orderBy: { name: "asc" } });
      return rows.map(toRow);
    },

    async get(scope, name) {
      requireOnFleet(scope, "node.read");
      return toRow(await withFleet(data.fleet, (tx) => existing(tx, String(name))));
    },

    async put(scope, rawName, raw) {
      requireOnFleet(scope, "node.write");
      const { name } = parse(objectName, { name: rawName });
      const { spec, version } = parse(putGroupInput, raw);
      return await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const before = await find(tx, name);
        if (before === null && version !== null) throw notFound("node group");
        if (before !== null && before.version !== version) throw conflict(before);
        await checkGroupTenants(tx, spec);
        const at = new Date(clock.now());
        const stamp = { spec: asJson(spec), updatedAt: at, updatedBy: scope.actor.name };
        if (before === null) await tx.nodeGroup.createMany({ data: [{ name, ...stamp, createdAt: at }] });
        else await tx.nodeGroup.updateMany({ where: { name }, data: { ...stamp, version: before.version + 1 } });
        const action = `node_group.${before ? "update" : "create"}`;
        await recordAudit(tx, scope.actor, [{ action, targetKind: "NodeGroup", targetName: name, before: before?.spec, after: spec }], at);
        return toRow(await existing(tx, name));
      });
    },

    async remove(scope, rawName, raw) {
      requireOnFleet(scope, "node.write");
      const { version } = parse(removeInput, raw);
      await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const before = await existing(tx, String(rawName));
        if (before.version !== version) throw conflict(before);
        await requireRemovableGroup(tx, before);
        await tx.nodeGroup.deleteMany({ where: { id: before.id } });
        const entry = { action: "node_group.delete", targetKind: "NodeGroup", targetName: before.name, before: before.spec };
        await recordAudit(tx, scope.actor, [entry], new Date(clock.now()));
      });
    },
  };
}
