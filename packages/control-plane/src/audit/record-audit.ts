import type { DataTransaction } from "@sallyport/data";
import type { JsonValue } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { redacted } from "./redacted.js";

/** What was done, to what. */
export interface AuditEntry {
  /** `<noun>.<verb>`, for example `route.update`. */
  readonly action: string;
  readonly targetKind: string;
  readonly targetName: string;
  readonly tenantSlug?: string | null;
  /** State before and after, secrets and all: they are redacted here. */
  readonly before?: unknown;
  readonly after?: unknown;
}

const document = (value: unknown): JsonValue => (value === undefined || value === null ? null : redacted(value as JsonValue));

/**
 * Writes the audit rows of a change into the change's own transaction: both stay or neither does (DESIGN §7).
 * One statement with one parameter, because a file that is applied can leave tens of thousands of rows.
 * @param at the moment of the change; services pass their clock's
 */
export async function recordAudit(tx: DataTransaction, actor: Actor, entries: readonly AuditEntry[], at: Date): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({
    id: uuidv7(),
    action: entry.action,
    target_kind: entry.targetKind,
    target_name: entry.targetName,
    tenant_slug: entry.tenantSlug ?? null,
    before: document(entry.before),
    after: document(entry.after),
  }));
  await tx.$executeRaw`
    INSERT INTO audit_record
      (id, at, actor_kind, actor_id, actor_name, ip, request_id, action, target_kind, target_name, tenant_slug, before, after)
    SELECT id, ${at}, ${actor.kind}::actor_kind, ${actor.id}, ${actor.name}, ${actor.ip}, ${actor.requestId},
      action, target_kind, target_name, tenant_slug, before, after
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS row (id uuid, action text, target_kind text, target_name text, tenant_slug text, before jsonb, after jsonb)`;
}
