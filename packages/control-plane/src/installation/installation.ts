import { withFleet } from "@sallyport/data";
import { fleetSpec, nodeGroupSpec } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { ControlPlaneDeps } from "../deps.js";
import type { SigningKeys } from "../keys/signing-keys.js";

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
}

const SINGLETON = 1;

export function createInstallation(deps: ControlPlaneDeps, keys: SigningKeys): Installation {
  const read = () => deps.data.fleet.installation.findUnique({ where: { id: SINGLETON }, select: { fleetId: true, epoch: true, orgName: true } });
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
        return tx.installation.findUniqueOrThrow({ where: { id: SINGLETON }, select: { fleetId: true, epoch: true, orgName: true } });
      });
    },
    async facts() {
      const row = await read();
      if (row === null) throw new Error("The installation has not been set up yet; start the control plane once, it sets itself up.");
      return row;
    },
  };
}
