import type { FleetTransaction } from "@sallyport/data";
import type { ProbeTarget } from "@sallyport/idp-client";
import type { SecurityEvent } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import { fingerprintOf } from "../security/fingerprint.js";
import { recordAlerts } from "../security/record-alerts.js";
import { resolveAlerts } from "../security/resolve-alerts.js";
import { RADAR_FINDINGS, type RadarFinding } from "./findings.js";
import type { UsedBy } from "./holders.js";
import { NO_TENANT } from "./sync-uses.js";

/** The tenants that ask one target. */
export interface UsersOf {
  /** The first of them. */
  readonly named: readonly UsedBy[];
  readonly count: number;
}

const REPORTER = { id: "control-plane", name: "the IdP radar" };
const MAX_DETAIL = 1_024;

/** A provider that many share is one story, of the fleet. */
function eventOf({ code, detail }: RadarFinding, { issuer }: ProbeTarget, { named, count }: UsersOf, now: number): SecurityEvent {
  const [only] = named;
  const own = count === 1 && only !== undefined && only.tenant !== NO_TENANT ? only : null;
  const slugs = named.flatMap(({ tenant }) => (tenant === NO_TENANT ? [] : [tenant]));
  const shared = slugs.length > 1 ? ` Used by ${slugs.slice(0, 5).join(", ")}${count > 5 ? ` and ${count - 5} more` : ""}.` : "";
  return {
    ...{ id: uuidv7(), kind: RADAR_FINDINGS[code].alert, at: new Date(now).toISOString(), count: 1 },
    ...{ tenant: own?.tenant ?? null, tokenTenant: null, identityProvider: own?.provider ?? null, route: null, code, requestId: null },
    ...{ clientIp: null, subject: null, issuer, method: null, path: null, userAgent: null, tokenHash: null },
    detail: `${detail}${own === null ? shared : ""}`.slice(0, MAX_DETAIL),
  };
}

const isToldOf = ({ code, severity }: RadarFinding): boolean => severity === RADAR_FINDINGS[code].severity;

/**
 * Opens the alerts of findings that are new, and closes those that no finding stands for any more.
 * @returns the findings, each with the fingerprint of its alert
 */
export async function tellOf(
  tx: FleetTransaction,
  target: ProbeTarget,
  users: UsersOf,
  { before, after, now }: { readonly before: readonly RadarFinding[]; readonly after: readonly RadarFinding[]; readonly now: number },
): Promise<RadarFinding[]> {
  const events: SecurityEvent[] = [];
  const findings = after.map((finding): RadarFinding => {
    if (finding.alert !== null || users.count === 0 || !isToldOf(finding)) return finding;
    const event = eventOf(finding, target, users, now);
    events.push(event);
    return { ...finding, alert: fingerprintOf(event, REPORTER.id) };
  });
  if (events.length > 0) await recordAlerts(tx, events, REPORTER);
  const standing = new Set(findings.map(({ alert }) => alert));
  const over = before.flatMap(({ alert }) => (alert === null || standing.has(alert) ? [] : [alert]));
  await resolveAlerts(tx, over, "The radar does not find it any more.", new Date(now));
  return findings;
}
