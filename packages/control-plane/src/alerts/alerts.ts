import { type FleetTransaction, type Prisma, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { invalid, parse } from "../validation.js";
import { type AlertQueries, createAlertQueries } from "./alert-queries.js";
import { ALERT_ROW, type AlertRow, type StoredAlert, toAlertRow } from "./alert-rows.js";
import { acknowledgeAlertInput, assignAlertInput, bulkAlertsInput, closeAlertInput, reopenAlertInput } from "./alerts.schemas.js";

/** What somebody does with an alert. Each is noted in the alert's history and in the audit log. */
export interface Alerts extends AlertQueries {
  /** @throws ServiceError `not_found`, `conflict` with the current row, `precondition` unless it is open. */
  acknowledge(actor: Actor, input: z.input<typeof acknowledgeAlertInput>): Promise<AlertRow>;
  /** @throws ServiceError as above; `precondition` when it is closed already. */
  close(actor: Actor, input: z.input<typeof closeAlertInput>): Promise<AlertRow>;
  /** @throws ServiceError as above; `precondition` when it is open already. */
  reopen(actor: Actor, input: z.input<typeof reopenAlertInput>): Promise<AlertRow>;
  /** @throws ServiceError as above; `invalid` for somebody who cannot work on alerts. */
  assign(actor: Actor, input: z.input<typeof assignAlertInput>): Promise<AlertRow>;
  bulk(actor: Actor, input: z.input<typeof bulkAlertsInput>): Promise<{ changed: AlertRow[]; skipped: number[] }>;
}

type Action = "acknowledge" | "close" | "reopen";

/** From which states each action leads where, and how the history calls it. */
const ACTIONS = {
  acknowledge: { from: ["open"], to: "acknowledged", past: "acknowledged" },
  close: { from: ["open", "acknowledged"], to: "closed", past: "closed" },
  reopen: { from: ["acknowledged", "closed"], to: "open", past: "reopened" },
} as const satisfies Record<Action, { from: readonly AlertRow["status"][]; to: AlertRow["status"]; past: string }>;

const allows = (action: Action, status: AlertRow["status"]): boolean => (ACTIONS[action].from as readonly string[]).includes(status);

function columnsOf(action: Action, actor: Actor, note: string | null, at: Date): Prisma.AlertUpdateInput {
  switch (action) {
    case "acknowledge":
      return { status: "acknowledged", acknowledgedAt: at, acknowledgedBy: actor.name };
    case "close":
      return { status: "closed", closedAt: at, closedBy: actor.name, closeReason: note };
    case "reopen":
      return { status: "open", acknowledgedAt: null, acknowledgedBy: null, closedAt: null, closedBy: null, closeReason: null };
    default:
      return action satisfies never;
  }
}

export function createAlerts(deps: ControlPlaneDeps): Alerts {
  async function write(
    tx: FleetTransaction,
    actor: Actor,
    alert: StoredAlert,
    what: { action: string; past: string; note: string | null; data: Prisma.AlertUpdateInput },
  ): Promise<AlertRow> {
    const at = new Date(deps.clock.now());
    const stored = await tx.alert.update({ where: { id: alert.id }, data: { ...what.data, version: alert.version + 1 }, select: ALERT_ROW });
    await tx.alertHistory.create({ data: { id: uuidv7(), alertId: alert.id, at, actorName: actor.name, action: what.past, note: what.note } });
    const row = toAlertRow(stored);
    const state = ({ status, assigneeName }: AlertRow) => ({ status, assignee: assigneeName });
    const entry = { action: `alert.${what.action}`, targetKind: "Alert", targetName: `A-${alert.number}`, tenantSlug: alert.tenantSlug };
    await recordAudit(tx, actor, [{ ...entry, before: state(toAlertRow(alert)), after: { ...state(row), note: what.note } }], at);
    return row;
  }

  async function locked(tx: FleetTransaction, number: number): Promise<StoredAlert> {
    await tx.$executeRaw`select 1 from alert where number = ${number} for update`;
    const alert = await tx.alert.findUnique({ where: { number }, select: ALERT_ROW });
    if (alert === null) throw notFound("alert");
    return alert;
  }

  const checkVersion = (alert: StoredAlert, version: number): void => {
    if (alert.version === version) return;
    throw new ServiceError("conflict", `Somebody changed A-${alert.number} first. Look at it again.`, { current: toAlertRow(alert) });
  };

  function act(actor: Actor, action: Action, { number, version }: { number: number; version: number }, note: string | null): Promise<AlertRow> {
    return withFleet(deps.data.fleet, async (tx) => {
      const alert = await locked(tx, number);
      checkVersion(alert, version);
      if (!allows(action, alert.status)) throw new ServiceError("precondition", `A-${number} is ${alert.status} already.`);
      const data = columnsOf(action, actor, note, new Date(deps.clock.now()));
      return write(tx, actor, alert, { action, past: ACTIONS[action].past, note, data });
    });
  }

  return {
    ...createAlertQueries(deps),

    async acknowledge(actor, raw) {
      requireFleetGrant(actor, "alert.write");
      const input = parse(acknowledgeAlertInput, raw);
      return act(actor, "acknowledge", input, input.note ?? null);
    },

    async close(actor, raw) {
      requireFleetGrant(actor, "alert.write");
      const input = parse(closeAlertInput, raw);
      return act(actor, "close", input, input.reason);
    },

    async reopen(actor, raw) {
      requireFleetGrant(actor, "alert.write");
      const input = parse(reopenAlertInput, raw);
      return act(actor, "reopen", input, input.note ?? null);
    },

    async assign(actor, raw) {
      requireFleetGrant(actor, "alert.write");
      const { number, version, personId } = parse(assignAlertInput, raw);
      return withFleet(deps.data.fleet, async (tx) => {
        const alert = await locked(tx, number);
        checkVersion(alert, version);
        const person =
          personId === null ? null : await tx.person.findUnique({ where: { id: personId, status: "active" }, select: { displayName: true } });
        if (personId !== null && person === null) throw invalid([{ path: "personId", message: "is nobody who can sign in; choose somebody else" }]);
        const assignee = personId === null ? { disconnect: true } : { connect: { id: personId } };
        const note = person?.displayName ?? null;
        return write(tx, actor, alert, { action: "assign", past: person === null ? "unassigned" : "assigned", note, data: { assignee } });
      });
    },

    async bulk(actor, raw) {
      requireFleetGrant(actor, "alert.write");
      const input = parse(bulkAlertsInput, raw);
      const note = (input.action === "close" ? input.reason : input.note) ?? null;
      return withFleet(deps.data.fleet, async (tx) => {
        const changed: AlertRow[] = [];
        const skipped: number[] = [];
        // In the order of their numbers: two bulks never wait for each other in a circle.
        for (const number of [...new Set(input.numbers)].sort((a, b) => a - b)) {
          const alert = await locked(tx, number);
          const { action } = input;
          if (!allows(action, alert.status)) {
            skipped.push(number);
            continue;
          }
          const data = columnsOf(action, actor, note, new Date(deps.clock.now()));
          changed.push(await write(tx, actor, alert, { action, past: ACTIONS[action].past, note, data }));
        }
        return { changed, skipped };
      });
    },
  };
}
