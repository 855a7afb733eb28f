import { type DataClients, type FleetTransaction, withFleet } from "@sallyport/data";
import { type FleetSpec, fleetSpec, type PolicyTestSpec, policyTestSpec, type RateLimitPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import { z } from "zod";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { readSource, writeSources } from "../objects/document-sources.js";
import { KIND_ACTION } from "../objects/kind-permissions.js";
import { objectName, putObjectInput } from "../objects/objects.schemas.js";
import { KIND_LABELS } from "../objects/references.js";
import { lockFleet } from "../objects/tenant-lock.js";
import { asJson } from "../objects/write-stored.js";
import { invalid, parse } from "../validation.js";
import { authorityIssues } from "./authority-issues.js";
import { putFleetSettingsInput, removeInput } from "./fleet.schemas.js";

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

/** Objects of one kind that belong to the fleet. */
interface FleetObjects<S> {
  list(scope: FleetScope): Promise<FleetObjectRow<S>[]>;
  /** Its document as its author wrote it; null where nothing is kept of it. */
  source(scope: FleetScope, name: string): Promise<string | null>;
  put(scope: FleetScope, name: string, input: z.input<typeof putObjectInput>): Promise<FleetObjectRow<S>>;
  remove(scope: FleetScope, name: string, input: z.input<typeof removeInput>): Promise<void>;
}

/** Settings, rate-limit policies and policy tests of the whole fleet. */
export interface Fleet {
  settings(scope: FleetScope): Promise<FleetSettings>;
  putSettings(scope: FleetScope, input: z.input<typeof putFleetSettingsInput>): Promise<FleetSettings>;
  readonly policies: FleetObjects<RateLimitPolicySpec>;
  /** Tests that hold for the whole fleet. */
  readonly policyTests: FleetObjects<PolicyTestSpec>;
}

type FleetKind = "Fleet" | "RateLimitPolicy" | "PolicyTest";
const SETTINGS = "default";

const find = (tx: FleetTransaction, kind: FleetKind, name: string) => tx.fleetObject.findUnique({ where: { kind_name: { kind, name } } });
type Stored = NonNullable<Awaited<ReturnType<typeof find>>>;

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

  /** The objects of one kind, by name. */
  function named<S>(kind: FleetKind, schema: z.ZodType<S>): FleetObjects<S> {
    const label = KIND_LABELS[kind];
    const rowOf = ({ name, spec, version, updatedAt, updatedBy }: Stored): FleetObjectRow<S> => ({
      ...{ name, spec: schema.parse(spec), version, updatedAt },
      updatedByName: updatedBy,
    });
    return {
      async list(scope) {
        requireOnFleet(scope, "fleet.read");
        return (await data.fleet.fleetObject.findMany({ where: { kind }, orderBy: { name: "asc" } })).map(rowOf);
      },

      async source(scope, name) {
        requireOnFleet(scope, "fleet.read");
        return withFleet(data.fleet, (tx) => readSource(tx, { tenant: null, kind, name: String(name) }));
      },

      async put(scope, rawName, raw) {
        requireOnFleet(scope, "fleet.write");
        const { name } = parse(objectName, { name: rawName });
        const { spec, version, source } = parse(z.strictObject({ ...putObjectInput.shape, spec: schema }), raw);
        return await withFleet(data.fleet, async (tx) => {
          await lockFleet(tx);
          const before = await find(tx, kind, name);
          if (before === null && version !== null) throw notFound(label);
          if (before !== null && before.version !== version) throw conflict(before.updatedBy, name, rowOf(before));
          await save(tx, scope, kind, name, spec, before);
          if (source !== undefined) await writeSources(tx, [{ tenant: null, kind, name, source }], new Date(clock.now()));
          const after = await find(tx, kind, name);
          if (after === null) throw notFound(label);
          return rowOf(after);
        });
      },

      async remove(scope, rawName, raw) {
        requireOnFleet(scope, "fleet.write");
        const name = String(rawName);
        const { version } = parse(removeInput, raw);
        await withFleet(data.fleet, async (tx) => {
          await lockFleet(tx);
          const before = await find(tx, kind, name);
          if (before === null) throw notFound(label);
          if (before.version !== version) throw conflict(before.updatedBy, name, rowOf(before));
          await tx.fleetObject.deleteMany({ where: { kind, name } });
          await writeSources(tx, [{ tenant: null, kind, name, source: null }], new Date(clock.now()));
          const entry = { action: `${KIND_ACTION[kind]}.delete`, targetKind: kind, targetName: name, before: before.spec };
          await recordAudit(tx, scope.actor, [entry], new Date(clock.now()));
        });
      },
    };
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

    policies: named("RateLimitPolicy", rateLimitPolicySpec),
    policyTests: named("PolicyTest", policyTestSpec),
  };
}
