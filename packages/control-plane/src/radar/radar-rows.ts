import type { RadarFacts, RadarFinding } from "./findings.js";
import { storedFacts, storedFindings } from "./findings.js";
import { type KeysAtNode, nodesByKid } from "./holders.js";
import type { RadarState } from "./judge.js";
import { NO_TENANT } from "./sync-uses.js";

/** A finding as it is shown. */
export type RadarFindingRow = Omit<RadarFinding, "alert">;

/** An identity provider as the radar sees it. */
export interface RadarRow {
  /** Null for the fleet's default provider. */
  readonly tenant: string | null;
  readonly identityProvider: string;
  readonly issuer: string;
  /** What is asked first: the discovery document, or the JWK Set. */
  readonly url: string;
  readonly state: RadarState;
  /** Why the last probe failed; null when it did not. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly failingSince: Date | null;
  readonly probedAt: Date | null;
  /** The last probe that brought keys. */
  readonly okAt: Date | null;
  /** When it is asked again. */
  readonly nextAt: Date;
  /** How long the last probe took. */
  readonly ms: number | null;
  /** Signing keys that it publishes. */
  readonly keys: number;
  /** The most serious first. */
  readonly findings: readonly RadarFindingRow[];
}

/** A signing key at a provider, from when it was first seen. */
export interface RadarKeyRow {
  /** Null for a key without one. */
  readonly kid: string | null;
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string;
  readonly kty: string;
  readonly alg: string | null;
  readonly crv: string | null;
  readonly bits: number | null;
  /** Why nodes leave it out; null for one that they use. */
  readonly problem: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** When it was found to be gone; null while it is published. */
  readonly vanishedAt: Date | null;
  /** How many of the nodes that were heard of lately hold a key of this name. */
  readonly heldBy: number;
  /** Which; null for somebody who may not see nodes. */
  readonly nodes: readonly string[] | null;
}

export interface RadarDetail extends RadarRow {
  /** What the provider said of itself in the last probe that brought keys. */
  readonly facts: RadarFacts | null;
  /** Published ones first, then by when they went; the newest first. */
  readonly keyRows: readonly RadarKeyRow[];
  /** What each node said last; null for somebody who may not see nodes. */
  readonly nodes: readonly KeysAtNode[] | null;
  /** How many providers of live configuration ask the same, this one included. */
  readonly sharedBy: number;
}

/** A use with its target, as the list reads them. */
export interface StoredRadarRow {
  readonly tenant_slug: string;
  readonly provider: string;
  readonly target_id: string;
  readonly issuer: string;
  readonly url: string;
  readonly state: RadarState;
  readonly code: string | null;
  readonly detail: string | null;
  readonly failing_since: Date | null;
  readonly probed_at: Date | null;
  readonly ok_at: Date | null;
  readonly next_at: Date;
  readonly ms: number | null;
  readonly keys: number;
  readonly findings: unknown;
  readonly facts: unknown;
}

const WEIGHT = { high: 0, medium: 1, low: 2 } as const;

export const toRadarRow = (row: StoredRadarRow): RadarRow => ({
  tenant: row.tenant_slug === NO_TENANT ? null : row.tenant_slug,
  identityProvider: row.provider,
  ...{ issuer: row.issuer, url: row.url, state: row.state, code: row.code, detail: row.detail, ms: row.ms, keys: row.keys },
  ...{ failingSince: row.failing_since, probedAt: row.probed_at, okAt: row.ok_at, nextAt: row.next_at },
  findings: storedFindings(row.findings)
    .map(({ alert: _, ...finding }) => finding)
    .sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || (a.since < b.since ? 1 : -1)),
});

/** A stored key: see `radar_key`. */
interface StoredRadarKey {
  readonly kid: string;
  readonly thumbprint: string;
  readonly kty: string;
  readonly alg: string | null;
  readonly crv: string | null;
  readonly bits: number | null;
  readonly problem: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date | null;
  readonly vanishedAt: Date | null;
}

export interface RadarSurroundings {
  readonly keys: readonly StoredRadarKey[];
  readonly holders: readonly KeysAtNode[];
  readonly sharedBy: number;
  readonly seesNodes: boolean;
}

export function toRadarDetail(row: StoredRadarRow, { keys, holders, sharedBy, seesNodes }: RadarSurroundings): RadarDetail {
  const holding = nodesByKid(holders);
  const keyRows = keys.map(({ kid, lastSeenAt, ...key }): RadarKeyRow => {
    const nodes = holding.get(kid) ?? [];
    return {
      ...{ kid: kid === "" ? null : kid, thumbprint: key.thumbprint, kty: key.kty, alg: key.alg, crv: key.crv, bits: key.bits },
      ...{ problem: key.problem, firstSeenAt: key.firstSeenAt, vanishedAt: key.vanishedAt },
      lastSeenAt: lastSeenAt ?? row.ok_at ?? key.firstSeenAt,
      ...{ heldBy: nodes.length, nodes: seesNodes ? nodes : null },
    };
  });
  const order = ({ vanishedAt, firstSeenAt }: RadarKeyRow): number => vanishedAt?.getTime() ?? Number.MAX_SAFE_INTEGER / 2 + firstSeenAt.getTime();
  return {
    ...toRadarRow(row),
    facts: storedFacts(row.facts),
    keyRows: keyRows.sort((a, b) => order(b) - order(a)),
    nodes: seesNodes ? holders : null,
    sharedBy,
  };
}
