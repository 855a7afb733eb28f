import type { FleetTransaction } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Actor } from "../access/actor.js";
import { ServiceError } from "../errors.js";
import type { WantedPublish } from "../publish/publishing.js";
import { recordAlerts } from "../security/record-alerts.js";
import { BREAK_GLASS_WORD } from "./approvals.schemas.js";

/** Whether this installation asks for a second person. */
export async function asksForApproval(tx: FleetTransaction): Promise<boolean> {
  const { publishApproval } = await tx.installation.findUniqueOrThrow({ where: { id: 1 }, select: { publishApproval: true } });
  return publishApproval;
}

/** Why somebody publishes without approval. @throws ServiceError `unconfirmed` where the word was not typed */
export function brokenGlass({ breakGlass }: WantedPublish): string {
  if (breakGlass?.confirm !== BREAK_GLASS_WORD)
    throw new ServiceError("unconfirmed", `This publishes without the approval that is asked for. Type “${BREAK_GLASS_WORD}” to confirm that.`, {
      current: { warnings: [], word: null, tests: null, breakGlass: BREAK_GLASS_WORD },
      issues: [{ path: "breakGlass.confirm", message: `type ${BREAK_GLASS_WORD}` }],
    });
  return breakGlass.reason;
}

/** Tells the security reviewers, in the publish's own transaction. */
export async function alertUnapproved(
  tx: FleetTransaction,
  actor: Actor,
  { revision, reason }: { readonly revision: number; readonly reason: string },
  now: number,
): Promise<void> {
  const event = {
    ...{ id: uuidv7(), kind: "unapproved_publish" as const, at: new Date(now).toISOString(), count: 1 },
    ...{ tenant: null, tokenTenant: null, identityProvider: null, route: null, code: null, requestId: actor.requestId },
    ...{ clientIp: actor.ip, subject: actor.name, issuer: null, method: null, path: null, userAgent: null, tokenHash: null },
    detail: `${actor.name} published revision ${revision} without approval: ${reason}`,
  };
  await recordAlerts(tx, [event], { id: "control-plane", name: "the control plane" });
}
