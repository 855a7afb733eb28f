import { type DataClients, type FleetTransaction, withFleet } from "@sallyport/data";
import { type FleetSpec, fleetSpec, type RateLimitPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { KIND_ACTION } from "../objects/kind-permissions.js";
import { objectName } from "../objects/objects.schemas.js";
import { lockFleet } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import { invalid, parse } from "../validation.js";
import { authorityIssues } from "./authority-issues.js";
import { putFleetPolicyInput, putFleetSettingsInput, removeInput } from "./fleet.schemas.js";

/** A named object of the fleet with its spec. */
export interface FleetObjectRow<S> {
  readonly name: string;
  readonly spec: S;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedByName: string | null;
}
/** Version 0: never saved, the defaults hold. */
export interface FleetSettings {
  readonly spec: FleetSpec;
  readonly version: number;
}

/** Settings and rate-limit policies of the whole fleet. */
export interface Fleet {
  settings(scope: FleetScope): Promise<FleetSettings>;
  putSettings(scope: FleetScope, input: z.input<typeof putFleetSettingsInput>): Promise<FleetSettings>;
  readonly policies: {
    list(scope: FleetScope): Promise<FleetObjectRow<RateLimitPolicySpec>[]>;
    put(scope: FleetScope, name: string, input: z.input<typeof putFleetPolicyInput>): Promise<FleetObjectRow<RateLimitPolicySpec>>;
    remove(scope: FleetScope, name: string, input: z.input<typeof removeInput>): Promise<void>;
  };
}

type FleetKind = "Fleet" | "RateLimitPolicy";
const SETTINGS = "default";

const find = (tx: FleetTransaction, kind: FleetKind, name: string) => tx.fleetObject.findUnique({ where: { kind_name: { kind, name } } });
type Stored = NonNullable<Awaited<ReturnType<typeof find>>>;

const policyRow = ({ name, spec, version, updatedAt, updatedBy }: Stored): FleetObjectRow<RateLimitPolicySpec> => ({
  name,
  spec: rateLimitPolicySpec.parse(spec),
  version,
  updatedAt,
  updatedByName: updatedBy,
});

/** Settings as they stand; defaults where none were ever saved. */
export async function readSettings(tx: FleetTransaction): Promise<FleetSettings> {
  const stored = await find(tx, "Fleet", SETTINGS);
  return { spec: fleetSpec.parse(stored?.spec ?? {}), version: stored?.version ?? 0 };
}

const conflict = (by: string | null, what: string, current: unknown): ServiceError =>
  new ServiceError("conflict", `${by ?? "Somebody"} saved ${what} first. Compare both, then save again.`, { current });

export function createFleet({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): Fleet {
  /** Writes the object and its audit row. The caller has compared versions under the lock. */
  async function save(tx: FleetTransaction, scope: FleetScope, kind: FleetKind, name: string, spec: unknown, before: Stored | null): Promise<void> {
    const at = new Date(clock.now());
    const stamp = { spec: asJson(spec), updatedAt: at, updatedBy: scope.actor.name };
    if (before === null) await tx.fleetObject.createMany({ data: [{ kind, name, ...stamp, createdAt: at }] });
    else await tx.fleetObject.updateMany({ where: { kind, name }, data: { ...stamp, version: before.version + 1 } });
    const action = `${KIND_ACTION[kind]}.${before ? "update" : "create"}`;
    await recordAudit(tx, scope.actor, [{ action, targetKind: kind, targetName: name, before: before?.spec, after: spec }], at);
  }

  return {
    async settings(scope) {
      requireOnFleet(scope, "fleet.read");
      return await withFleet(data.fleet, readSettings);
    },

    async putSettings(scope, raw) {
      requireOnFleet(scope, "fleet.write");
      const { spec, version } = parse(putFleetSettingsInput, raw);
      const issues = authorityIssues(spec, "spec");
      if (issues.length > 0) throw invalid(issues);
      return await withFleet(data.fleet, async (tx) => {
        await lockFleet(tx);
        const before = await find(tx, "Fleet", SETTINGS);
        if ((before?.version ?? 0) !== version) throw conflict(before?.updatedBy ?? null, "the fleet's settings", await readSettings(tx));
        await save(tx, scope, "Fleet", SETTINGS, spec, before);
        return await readSettings(tx);
      });
    },

    policies: {
      async list(scope) {
        requireOnFleet(scope, "fleet.read");
        const rows = await data.fleet.fleetObject.findMany({ where: { kind: "RateLimitPolicy" }, orderBy: { name: "asc" } });
        return rows.map(policyRow);
      },

      async put(scope, rawName, raw) {
        requireOnFleet(scope, "fleet.write");
        const { name } = parse(objectName, { name: rawName });
        const { spec, version } = parse(putFleetPolicyInput, raw);
        return await withFleet(data.fleet, async (tx) => {
          await lockFleet(tx);
          const before = await find(tx, "RateLimitPolicy", name);
          if (before === null && version !== null) throw notFound("rate-limit policy");
          if (before !== null && before.version !== version) throw conflict(before.updatedBy, name, policyRow(before));
          await save(tx, scope, "RateLimitPolicy", name, spec, before);
          const after = await find(tx, "RateLimitPolicy", name);
          if (after === null) throw notFound("rate-limit policy");
          return policyRow(after);
        });
      },

      async remove(scope, rawName, raw) {
        requireOnFleet(scope, "fleet.write");
        const name = String(rawName);
        const { version } = parse(removeInput, raw);
        await withFleet(data.fleet, async (tx) => {
          await lockFleet(tx);
          const before = await find(tx, "RateLimitPolicy", name);
          if (before === null) throw notFound("rate-limit policy");
          if (before.version !== version) throw conflict(before.updatedBy, name, policyRow(before));
          await tx.fleetObject.deleteMany({ where: { kind: "RateLimitPolicy", name } });
          const entry = { action: "rate_limit_policy.delete", targetKind: "RateLimitPolicy", targetName: name, before: before.spec };
          await recordAudit(tx, scope.actor, [entry], new Date(clock.now()));
        });
      },
    },
  };
}
