import type { DataTransaction } from "@sallyport/data";
import type { JsonValue } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { asJson } from "../objects/write-stored.js";
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

const document = (value: unknown) => (value === undefined || value === null ? {} : { value: asJson(redacted(value as JsonValue)) });

/**
 * Writes the audit rows of a change into the change's own transaction: both stay or neither does (DESIGN §7).
 * @param at the moment of the change; services pass their clock's
 */
export async function recordAudit(tx: DataTransaction, actor: Actor, entries: readonly AuditEntry[], at: Date): Promise<void> {
  const data = entries.map((entry) => {
    const before = document(entry.before).value;
    const after = document(entry.after).value;
    return {
      id: uuidv7(),
      at,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      ip: actor.ip,
      requestId: actor.requestId,
      action: entry.action,
      targetKind: entry.targetKind,
      targetName: entry.targetName,
      tenantSlug: entry.tenantSlug ?? null,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  });
  for (let start = 0; start < data.length; start += 1_000) await tx.auditRecord.createMany({ data: data.slice(start, start + 1_000) });
}
