import type { ProbeOutcome } from "@sallyport/idp-client";
import { RADAR_FINDINGS, type RadarFacts, type RadarFinding, type RadarFindingCode } from "./findings.js";
import type { KeyDiff, KnownKey } from "./key-diff.js";

export type RadarState = "waiting" | "well" | "attention" | "failing";

/** A target as it was before a probe. */
export interface Watched {
  readonly state: RadarState;
  /** Probes that failed in a row. */
  readonly failures: number;
  /** ms since the epoch, as all moments here. */
  readonly failingSince: number | null;
  readonly okAt: number | null;
  readonly facts: RadarFacts | null;
  readonly findings: readonly RadarFinding[];
}

export interface Judged extends Watched {
  readonly code: string | null;
  readonly detail: string | null;
  /** When to look again, ms from now, without jitter. */
  readonly nextInMs: number;
}

export interface Evidence {
  readonly outcome: ProbeOutcome;
  /** Null where the probe brought no keys. */
  readonly diff: KeyDiff | null;
  /** Names of the nodes that hold a key of this name now; asked for the keys that are gone. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly now: number;
  readonly intervalMs: number;
}

/** A single call that fails is the network's; two are the provider's. */
const CONFIRMED_AFTER = 2;
const CONFIRM_MS = 30_000;
const LONGEST_MS = 3_600_000;
/** What happened stays on the page for a day. */
const SHOWN_MS = 86_400_000;
/** A key that goes after its successor stood beside it for this long goes as it should. */
const OVERLAP_MS = 86_400_000;
/** Keys that went longer ago are not looked for at nodes: none keeps any so long. */
export const LOOKED_FOR_MS = 86_400_000;
const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS = 14;
/** While nodes hold a key that is gone. */
const WITHDRAWN_MS = 60_000;

type Draft = Pick<RadarFinding, "code" | "kid" | "detail"> & { readonly lasts: boolean; readonly quiet?: boolean; readonly remedy?: string };

const nameOf = ({ kid, thumbprint }: Pick<KnownKey, "kid" | "thumbprint">): string =>
  kid === "" ? `without a kid (${thumbprint.slice(0, 12)}…)` : kid;
const keyOf = ({ code, kid }: Pick<RadarFinding, "code" | "kid">): string => JSON.stringify([code, kid]);
const listed = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

/** What lasts stays as long as it is found anew; what happened stays for a day; what was told already is not told again. */
function merged(before: readonly RadarFinding[], drafts: readonly Draft[], now: number, keepLasting: boolean): RadarFinding[] {
  const known = new Map(before.map((finding) => [keyOf(finding), finding]));
  const fresh = drafts.map(({ lasts, quiet = false, remedy, ...draft }): RadarFinding => {
    const { severity } = RADAR_FINDINGS[draft.code];
    const old = known.get(keyOf(draft));
    const again = lasts && old !== undefined;
    return {
      ...draft,
      severity: quiet ? "low" : severity,
      since: again ? old.since : new Date(now).toISOString(),
      until: lasts ? null : new Date(now + SHOWN_MS).toISOString(),
      remedy: remedy ?? RADAR_FINDINGS[draft.code].remedy,
      alert: again ? old.alert : null,
    };
  });
  const named = new Set(fresh.map(keyOf));
  const still = before.filter((old) => !named.has(keyOf(old)) && (old.until === null ? keepLasting : Date.parse(old.until) > now));
  return [...fresh, ...still];
}

/** Findings that speak of the failure itself: they end with the first probe that brings keys. */
const OF_FAILURE: ReadonlySet<RadarFindingCode> = new Set(["unreachable", "issuer_changed"]);

function judgeFailure(before: Watched, outcome: Extract<ProbeOutcome, { ok: false }>, { now, intervalMs }: Evidence): Judged {
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? now;
  const wrongIssuer = outcome.code === "issuer_differs";
  const confirmed = wrongIssuer || failures >= CONFIRMED_AFTER;
  const code = wrongIssuer ? "issuer_changed" : "unreachable";
  const draft: Draft = {
    code,
    kid: null,
    detail: outcome.detail,
    remedy: wrongIssuer ? RADAR_FINDINGS.issuer_changed.remedy : outcome.remedy,
    lasts: true,
  };
  const others = before.findings.filter((finding) => finding.code === code || !OF_FAILURE.has(finding.code));
  const nextInMs = confirmed ? Math.min(Math.max(intervalMs, LONGEST_MS), intervalMs * 2 ** Math.min(failures - CONFIRMED_AFTER, 20)) : CONFIRM_MS;
  return {
    ...{ failures, failingSince, okAt: before.okAt, facts: before.facts, code: outcome.code, detail: outcome.detail },
    state: confirmed ? "failing" : before.state,
    findings: merged(others, confirmed ? [draft] : [], now, true),
    nextInMs: Math.max(nextInMs, Math.min(CONFIRM_MS, intervalMs)),
  };
}

function changedFacts(before: RadarFacts | null, after: RadarFacts): Draft[] {
  if (before === null) return [];
  const drafts: Draft[] = [];
  if (before.jwksUri !== after.jwksUri)
    drafts.push({
      code: "jwks_uri_changed",
      kid: null,
      detail: `The keys are at ${after.jwksUri} now; they were at ${before.jwksUri}.`,
      lasts: false,
    });
  const moved = [...new Set([...Object.keys(before.endpoints), ...Object.keys(after.endpoints)])]
    .sort()
    .filter((name) => before.endpoints[name] !== after.endpoints[name])
    .map((name) => `${name} is ${after.endpoints[name] ?? "gone"}, was ${before.endpoints[name] ?? "not named"}`);
  if (moved.length > 0) drafts.push({ code: "endpoints_changed", kid: null, detail: `${moved.join("; ")}.`, lasts: false });
  const [was, is] = [before.algorithms.join(", "), after.algorithms.join(", ")];
  if (was !== is) drafts.push({ code: "algorithms_changed", kid: null, detail: `The keys verify ${is}; they verified ${was}.`, lasts: false });
  return drafts;
}

function changedKeys({ appeared, returned, replaced }: KeyDiff): Draft[] {
  const same = new Set(replaced);
  return [
    ...replaced.map((kid): Draft => ({ code: "key_replaced", kid, detail: `The kid ${kid} stands for another key than before.`, lasts: false })),
    ...[...appeared, ...returned]
      .filter(({ kid, problem }) => !same.has(kid) && problem === null)
      .map(
        (key): Draft => ({
          code: "new_key",
          kid: nameOf(key),
          detail: `A new signing key: ${nameOf(key)} (${key.kty} ${key.crv ?? key.bits ?? ""}).`,
          lasts: false,
        }),
      ),
  ];
}

/** Keys that are gone at the provider and that nodes still verify with. */
function withdrawnKeys({ kept, vanished, absent, appeared, returned }: KeyDiff, { holders, now }: Evidence): Draft[] {
  const published = new Set([...kept, ...appeared, ...returned].map(({ kid }) => kid));
  const successors = kept.filter(({ problem }) => problem === null).map(({ firstSeenAt }) => firstSeenAt);
  return [...vanished, ...absent]
    .filter(({ kid, problem, vanishedAt }) => kid !== "" && problem === null && !published.has(kid) && now - (vanishedAt ?? now) < LOOKED_FOR_MS)
    .flatMap((key): Draft[] => {
      const nodes = holders.get(key.kid) ?? [];
      if (nodes.length === 0) return [];
      const orderly = successors.some((firstSeenAt) => (key.vanishedAt ?? now) - firstSeenAt >= OVERLAP_MS);
      const detail = `The provider no longer publishes ${key.kid}; ${listed(nodes)} still ${nodes.length === 1 ? "holds" : "hold"} it. Tokens that it signed are refused once ${nodes.length === 1 ? "that node refreshes" : "those nodes refresh"} the keys.`;
      return [{ code: "key_withdrawn", kid: key.kid, detail, lasts: true, quiet: orderly }];
    });
}

function judgeKeys(before: Watched, outcome: Extract<ProbeOutcome, { ok: true }>, diff: KeyDiff, evidence: Evidence): Judged {
  const { now, intervalMs } = evidence;
  const { jwksUri, endpoints, algorithms, certificateUntil } = outcome.facts;
  const facts: RadarFacts = { jwksUri, endpoints: { ...endpoints }, algorithms: [...algorithms], certificateUntil };
  const weak = outcome.keys.flatMap((key): Draft[] =>
    key.problem === null ? [] : [{ code: "weak_key", kid: nameOf(key), detail: `The key ${nameOf(key)} is left out: ${key.problem}.`, lasts: true }],
  );
  const days = certificateUntil === null ? null : Math.floor((certificateUntil - now) / DAY_MS);
  const expiring: Draft[] =
    days === null || days >= CERTIFICATE_DAYS
      ? []
      : [{ code: "certificate_expiring", kid: null, detail: `Its TLS certificate runs out in ${days} ${days === 1 ? "day" : "days"}.`, lasts: true }];
  const withdrawn = withdrawnKeys(diff, evidence);
  // The first look has nothing to compare with: whatever is there is how it is.
  const news = before.okAt === null ? [] : [...changedFacts(before.facts, facts), ...changedKeys(diff)];
  const findings = merged(before.findings, [...withdrawn, ...weak, ...expiring, ...news], now, false);
  return {
    ...{ failures: 0, failingSince: null, okAt: now, code: null, detail: null, facts, findings },
    state: findings.some(({ severity }) => severity !== "low") ? "attention" : "well",
    nextInMs: withdrawn.length > 0 ? Math.min(intervalMs, WITHDRAWN_MS) : intervalMs,
  };
}

/** The rule: what a target is after a probe. The same evidence gives the same judgement. */
export function judge(before: Watched, evidence: Evidence): Judged {
  const { outcome, diff } = evidence;
  if (outcome.ok && diff !== null) return judgeKeys(before, outcome, diff, evidence);
  if (!outcome.ok) return judgeFailure(before, outcome, evidence);
  throw new Error("A probe that brought keys is judged without their difference.");
}
