import { type DataTransaction, withTenant } from "@sallyport/data";
import { type SecretSpec, secretSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import { REDACTED } from "../audit/redacted.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { findStored, listStored, type StoredObject } from "../objects/object-table.js";
import { KIND_LABELS } from "../objects/references.js";
import { lockTenant } from "../objects/tenant-lock.js";
import type { Reissue } from "../publish/reissue.js";
import type { RevisionLane } from "../publish/revision-lane.js";
import { invalid, parse } from "../validation.js";
import { type DraftUse, draftUses } from "./draft-uses.js";
import type { SecretBox } from "./sealed.js";
import { destinationsOf } from "./secret-uses.js";
import { secretName, setSecretInput } from "./secrets.schemas.js";
import { readValues, type StoredValue, storeValue } from "./stored-values.js";
import { valueFor } from "./value-for.js";
import { valueIssue } from "./value-issue.js";

/** A secret as people see it: facts, never the value. */
export interface SecretRow {
  readonly name: string;
  readonly type: SecretSpec["type"];
  /** Of the declared object. */
  readonly version: number;
  /** Whether a value is there for where the draft sends it. A changed address takes it away. */
  readonly hasValue: boolean;
  readonly valueVersion: number | null;
  readonly setAt: Date | null;
  readonly setByName: string | null;
  /** What names it in the draft, in words: `identity provider "main"`. */
  readonly usedBy: readonly string[];
}

/** Values of a tenant's secrets. That a secret is there is declared like any other object (`objects`). */
export interface Secrets {
  list(scope: TenantScope): Promise<SecretRow[]>;
  get(scope: TenantScope, name: string): Promise<SecretRow>;
  /**
   * Sets the value for the addresses that the draft sends it to, and brings it to the nodes at once where what is live uses it.
   * The value that stands already changes nothing.
   * @throws ServiceError `invalid` on `value`; `not_found` for a secret that is not declared
   */
  set(scope: TenantScope, name: string, input: z.input<typeof setSecretInput>): Promise<SecretRow>;
}

export interface SecretsParts {
  readonly box: SecretBox;
  readonly lane: RevisionLane;
  readonly reissue: Reissue;
}

function toRow(stored: StoredObject, values: readonly StoredValue[], uses: readonly DraftUse[]): SecretRow {
  const { name, version } = stored;
  const { type } = secretSpec.parse(stored.spec);
  const value = valueFor(
    values.filter((each) => each.name === name),
    { type, destinations: destinationsOf(uses, name) },
  );
  return {
    ...{ name, type, version, hasValue: value !== null },
    valueVersion: value?.version ?? null,
    setAt: value?.setAt ?? null,
    setByName: value?.setBy ?? null,
    usedBy: uses.flatMap((use) => (use.secret === name ? use.words : [])),
  };
}

export function createSecrets(deps: ControlPlaneDeps, parts: SecretsParts): Secrets {
  async function rowOf(tx: DataTransaction, tenantId: string, name: string): Promise<SecretRow> {
    const stored = await findStored(tx, tenantId, "Secret", name);
    if (stored === null) throw notFound(KIND_LABELS.Secret);
    return toRow(stored, await readValues(tx, tenantId, name), await draftUses(tx, tenantId));
  }

  return {
    async list(scope) {
      requireOnTenant(scope, "tenant.read");
      const { tenantId } = scope;
      return withTenant(deps.data.app, tenantId, async (tx) => {
        const [stored, values, uses] = [await listStored(tx, tenantId, "Secret"), await readValues(tx, tenantId), await draftUses(tx, tenantId)];
        return stored.map((row) => toRow(row, values, uses));
      });
    },

    async get(scope, rawName) {
      requireOnTenant(scope, "tenant.read");
      const { name } = parse(secretName, { name: rawName });
      return withTenant(deps.data.app, scope.tenantId, (tx) => rowOf(tx, scope.tenantId, name));
    },

    async set(scope, rawName, raw) {
      requireOnTenant(scope, "idp.write");
      const { name } = parse(secretName, { name: rawName });
      const { value } = parse(setSecretInput, raw);
      const { tenantId, slug, actor } = scope;
      return parts.lane(async (tx) => {
        await lockTenant(tx, tenantId);
        const before = await rowOf(tx, tenantId, name);
        const issue = valueIssue(before.type, value);
        if (issue !== null) throw invalid([{ path: "value", message: issue }]);
        const destinations = destinationsOf(await draftUses(tx, tenantId), name);
        const at = new Date(deps.clock.now());
        const version = await storeValue(tx, parts.box, { tenantId, name, type: before.type, destinations, value, setBy: actor.name, at });
        if (version === null) return before;
        const target = { targetKind: "Secret", targetName: name, tenantSlug: slug };
        const facts = { before: { version: before.valueVersion }, after: { version, value: REDACTED } };
        await recordAudit(tx, actor, [{ action: "secret.set", ...target, ...facts }], at);
        await parts.reissue(tx, actor, `Secret ${slug}/${name} was set`);
        return rowOf(tx, tenantId, name);
      });
    },
  };
}
