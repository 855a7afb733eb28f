import { createHash } from "node:crypto";
import { type FleetTransaction, withFleet } from "@sallyport/data";
import { asJson } from "../objects/write-stored.js";
import { RADAR_FINDINGS, type RadarFinding, type RadarFindingCode } from "../radar/findings.js";
import type { DemoWorld } from "./seed-configuration.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface PastKey {
  readonly kid: string;
  readonly alg: "RS256" | "ES256";
  /** First seen so many hours ago. */
  readonly hours: number;
  /** Gone for so many hours; one that is still there belongs to a provider that is asked no more. */
  readonly goneHours?: number;
  readonly problem?: string;
}

interface PastProvider {
  readonly keys?: readonly PastKey[];
  /** Since when the key that it really has is there. */
  readonly presentHours?: number;
  readonly findings?: readonly { readonly code: RadarFindingCode; readonly kid?: string; readonly hours: number; readonly detail: string }[];
  readonly failing?: { readonly hours: number; readonly code: string; readonly detail: string };
  /** What was found would be gone with the next probe, because it is made up: there is none. */
  readonly isAskedNoMore?: true;
}

/** What the radar saw of the demo's merchants before today, by tenant. */
const PAST: Readonly<Record<string, PastProvider>> = {
  hooli: {
    presentHours: 9,
    keys: [{ kid: "hooli-2026-08", alg: "ES256", hours: 34 * 24, goneHours: 5 }],
  },
  "stark-ledger": {
    presentHours: 12 * 24,
    keys: [
      { kid: "sts-6", alg: "ES256", hours: 26 * 24, goneHours: 10 * 24 },
      { kid: "sts-5", alg: "ES256", hours: 31 * 24, goneHours: 24 * 24 },
    ],
  },
  "wayne-treasury": {
    findings: [{ code: "certificate_expiring", hours: 52, detail: "Its TLS certificate runs out in 11 days." }],
    isAskedNoMore: true,
  },
  initech: {
    keys: [{ kid: "kc-legacy", alg: "RS256", hours: 31 * 24, problem: "RSA with 1024 bits; at least 2048 are needed" }],
    findings: [
      { code: "weak_key", kid: "kc-legacy", hours: 31 * 24, detail: "The key kc-legacy is left out: RSA with 1024 bits; at least 2048 are needed." },
    ],
    isAskedNoMore: true,
  },
  "umbrella-pay": {
    keys: [{ kid: "main-1", alg: "RS256", hours: 31 * 24 }],
    failing: { hours: 3.2, code: "dns_failed", detail: "the name of https://login.umbrella.example does not resolve (ENOTFOUND)" },
    isAskedNoMore: true,
  },
};

const FIRST_LOOK_MS = 32 * DAY_MS;
const NEVER_MS = 3_650 * DAY_MS;

function findingsOf({ findings = [], failing }: PastProvider, now: number): RadarFinding[] {
  const outage = failing === undefined ? [] : [{ code: "unreachable" as const, hours: failing.hours, detail: failing.detail }];
  return [...outage, ...findings].map((finding): RadarFinding => {
    const { code, hours, detail } = finding;
    const { severity, remedy } = RADAR_FINDINGS[code];
    const since = new Date(now - hours * HOUR_MS).toISOString();
    return { code, kid: "kid" in finding ? (finding.kid ?? null) : null, severity, since, until: null, detail, remedy, alert: null };
  });
}

async function tell(tx: FleetTransaction, targetId: string, past: PastProvider, now: number): Promise<void> {
  const at = (hours: number): Date => new Date(now - hours * HOUR_MS);
  const { keys = [], presentHours, failing, isAskedNoMore } = past;
  if (presentHours !== undefined) await tx.radarKey.updateMany({ where: { targetId, vanishedAt: null }, data: { firstSeenAt: at(presentHours) } });
  await tx.radarKey.createMany({
    data: keys.map(({ kid, alg, hours, goneHours, problem = null }) => ({
      ...{ targetId, kid, alg, use: "sig", problem, firstSeenAt: at(hours) },
      thumbprint: createHash("sha256").update(`${targetId}/${kid}`).digest("base64url"),
      ...(alg === "ES256" ? { kty: "EC", crv: "P-256", bits: 256 } : { kty: "RSA", crv: null, bits: problem === null ? 2_048 : 1_024 }),
      ...{ lastSeenAt: goneHours === undefined ? null : at(goneHours), vanishedAt: goneHours === undefined ? null : at(goneHours) },
    })),
  });
  if (isAskedNoMore === undefined) return;
  const okAt = at(failing?.hours ?? 0.04);
  await tx.radarTarget.update({
    where: { id: targetId },
    data: {
      ...{ probedAt: at(0.04), okAt, findings: asJson(findingsOf(past, now)), nextAt: new Date(now + NEVER_MS) },
      ...(failing === undefined
        ? { state: "attention" as const }
        : { state: "failing" as const, failures: 6, failingSince: okAt, code: failing.code, detail: failing.detail }),
    },
  });
}

/** The radar's first look a month ago, by the radar itself at what runs, and what it made of the merchants since. */
export async function seedRadarHistory({ controlPlane, deps, at }: DemoWorld, now: number): Promise<void> {
  at(now - FIRST_LOOK_MS);
  await controlPlane.radar.look();
  at(now);
  await withFleet(deps.data.fleet, async (tx) => {
    const uses = await tx.radarUse.findMany({ where: { tenantSlug: { in: Object.keys(PAST) } } });
    for (const { tenantSlug, targetId } of uses) {
      const past = PAST[tenantSlug];
      if (past !== undefined) await tell(tx, targetId, past, now);
    }
  });
}
