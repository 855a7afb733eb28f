import type { FleetTransaction } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import { SYSTEM_NAME } from "./record-alerts.js";

/**
 * Closes alerts whose cause is over, by the control plane itself. One that somebody has closed already stays as they left it; a recurrence
 * reopens it, as it does every alert.
 * @param reason for the alert's history, as a sentence
 */
export async function resolveAlerts(tx: FleetTransaction, fingerprints: readonly string[], reason: string, at: Date): Promise<void> {
  if (fingerprints.length === 0) return;
  // Locked in the order in which events lock them.
  const alerts = await tx.$queryRaw<{ id: string }[]>`
    select id from alert where fingerprint = any(${[...new Set(fingerprints)]}) and status <> 'closed' order by fingerprint for update`;
  for (const { id } of alerts) {
    await tx.alert.update({
      where: { id },
      data: { status: "closed", closedAt: at, closedBy: SYSTEM_NAME, closeReason: reason, version: { increment: 1 } },
    });
    await tx.alertHistory.create({ data: { id: uuidv7(), alertId: id, at, actorName: SYSTEM_NAME, action: "closed", note: reason } });
  }
}
