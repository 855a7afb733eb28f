import { type DataClients, type DataTransaction, type Prisma, withFleet } from "@sallyport/data";
import type { JsonValue } from "@sallyport/snapshot";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import type { Clock } from "../deps.js";
import { type FieldChange, fieldChanges } from "../objects/field-changes.js";
import { decodeCursor, encodeCursor, literally, type Page, pageOf } from "../page.js";
import { parse } from "../validation.js";
import { listAuditInput } from "./audit.schemas.js";
import { type AuditEntry, recordAudit } from "./record-audit.js";

/** One line of the audit log. */
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: Actor["kind"];
  readonly actorId: string;
  readonly actorName: string;
  readonly ip: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly targetKind: string;
  readonly targetName: string;
  readonly tenant: string | null;
  readonly before: JsonValue;
  readonly after: JsonValue;
  /** Field by field, what `before` and `after` differ in. */
  readonly changes: readonly FieldChange[];
}

export interface Audit {
  /** One row, in the transaction of the change that it tells of. */
  record(tx: DataTransaction, actor: Actor, entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(scope: FleetScope, input: z.input<typeof listAuditInput>): Promise<Page<AuditRow>>;
}

type Stored = Prisma.AuditRecordGetPayload<object>;

/** A stored row as it is shown. */
export function toAuditRow(stored: Stored): AuditRow {
  const { tenantSlug, before, after, ...rest } = stored;
  const [was, is] = [before as JsonValue, after as JsonValue];
  return { ...rest, tenant: tenantSlug, before: was, after: is, changes: fieldChanges(was ?? undefined, is ?? undefined) };
}

const insensitive = (text: string) => ({ contains: literally(text), mode: "insensitive" }) as const;

function filterOf(input: z.output<typeof listAuditInput>): Prisma.AuditRecordWhereInput[] {
  const filters: Prisma.AuditRecordWhereInput[] = [];
  if (input.actor) filters.push({ OR: [{ actorId: input.actor }, { actorName: insensitive(input.actor) }] });
  if (input.action) filters.push({ OR: [{ action: input.action }, { action: { startsWith: `${literally(input.action)}.` } }] });
  if (input.target) {
    const slash = input.target.indexOf("/");
    filters.push(
      slash > 0
        ? { targetKind: input.target.slice(0, slash), targetName: input.target.slice(slash + 1) }
        : { OR: [{ targetName: insensitive(input.target) }, { targetKind: { equals: input.target, mode: "insensitive" } }] },
    );
  }
  if (input.tenant) filters.push({ tenantSlug: input.tenant });
  if (input.from) filters.push({ at: { gte: input.from } });
  if (input.to) filters.push({ at: { lt: input.to } });
  return filters;
}

export function createAudit({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): Audit {
  return {
    record: (tx, actor, entry) => recordAudit(tx, actor, [entry], new Date(clock.now())),

    async list(scope, raw) {
      requireOnFleet(scope, "audit.read");
      const input = parse(listAuditInput, raw);
      const filters = filterOf(input);
      if (input.cursor) {
        const [ms, id] = decodeCursor(input.cursor, z.tuple([z.int(), z.uuid()]));
        const at = new Date(ms);
        filters.push({ OR: [{ at: { lt: at } }, { at, id: { lt: id } }] });
      }
      const rows = await withFleet(data.fleet, (tx) =>
        tx.auditRecord.findMany({ where: { AND: filters }, orderBy: [{ at: "desc" }, { id: "desc" }], take: input.limit + 1 }),
      );
      return pageOf(rows, input.limit, (row) => encodeCursor([row.at.getTime(), row.id]), toAuditRow);
    },
  };
}
