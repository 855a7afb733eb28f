import { withFleet } from "@sallyport/data";
import { fleetSpec, nodeGroupSpec } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import { parse } from "../validation.js";
import { renameInstallationInput } from "./installation.schemas.js";

/** The group that nodes join unless their join token names another. */
export const DEFAULT_GROUP = "default";

/** What makes this installation itself. */
export interface InstallationFacts {
  /** In every envelope: a snapshot of another fleet is refused. */
  readonly fleetId: string;
  readonly epoch: number;
  readonly orgName: string;
}

export interface Installation {
  /** Makes at first start what every installation needs: identity, signing key, the default node group, fleet settings. Safe to call always, from any number of replicas. */
  ensure(): Promise<InstallationFacts>;
  /** @throws Error before `ensure` has ever run. */
  facts(): Promise<InstallationFacts>;
  /** Holds at once: it is for people, and no node learns it. @throws ServiceError `conflict` when `was` no longer stands */
  rename(scope: FleetScope, input: z.input<typeof renameInstallationInput>): Promise<InstallationFacts>;
}

const SINGLETON = 1;
const FACTS = { fleetId: true, epoch: true, orgName: true } as const;

export function createInstallation(deps: ControlPlaneDeps, keys: SigningKeys): Installation {
  const read = () => deps.data.fleet.installation.findUnique({ where: { id: SINGLETON }, select: FACTS });
  return {
    async ensure() {
      return withFleet(deps.data.fleet, async (tx) => {
        await tx.$executeRaw`insert into installation (id, fleet_id, org_name) values (${SINGLETON}, ${uuidv7()}::uuid, 'Sallyport') on conflict (id) do nothing`;
        // One replica at a time from here on.
        await tx.$executeRaw`select 1 from installation where id = ${SINGLETON} for update`;
        await keys.ensure(tx);
        await tx.nodeGroup.upsert({
          where: { name: DEFAULT_GROUP },
          update: {},
          create: { id: uuidv7(), name: DEFAULT_GROUP, spec: nodeGroupSpec.parse({ displayName: "Default" }) },
        });
        await tx.fleetObject.upsert({
          where: { kind_name: { kind: "Fleet", name: "default" } },
          update: {},
          create: { kind: "Fleet", name: "default", spec: fleetSpec.parse({}) },
        });
        return tx.installation.findUniqueOrThrow({ where: { id: SINGLETON }, select: FACTS });
      });
    },
    async facts() {
      const row = await read();
      if (row === null) throw new Error("The installation has not been set up yet; start the control plane once, it sets itself up.");
      return row;
    },
    async rename(scope, raw) {
      requireOnFleet(scope, "fleet.write");
      const { orgName, was } = parse(renameInstallationInput, raw);
      return withFleet(deps.data.fleet, async (tx) => {
        await tx.$executeRaw`select 1 from installation where id = ${SINGLETON} for update`;
        const before = await tx.installation.findUniqueOrThrow({ where: { id: SINGLETON }, select: FACTS });
        if (before.orgName !== was)
          throw new ServiceError("conflict", `Somebody named it ${before.orgName} meanwhile. Look again, then save.`, { current: before });
        const after = await tx.installation.update({ where: { id: SINGLETON }, data: { orgName }, select: FACTS });
        const entry = {
          action: "installation.rename",
          targetKind: "Installation",
          targetName: orgName,
          before: { orgName: was },
          after: { orgName },
        };
        await recordAudit(tx, scope.actor, [entry], new Date(deps.clock.now()));
        return after;
      });
    },
  };
}
