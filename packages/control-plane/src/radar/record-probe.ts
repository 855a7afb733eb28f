import { type FleetTransaction, Prisma } from "@sallyport/data";
import type { ObservedKey, ProbeOutcome } from "@sallyport/idp-client";
import { asJson } from "../objects/write-stored.js";
import { askNodes } from "./ask-nodes.js";
import type { ClaimedTarget } from "./claims.js";
import { storedFacts, storedFindings } from "./findings.js";
import { nodesByKid, readHolders } from "./holders.js";
import { judge, LOOKED_FOR_MS, type Watched } from "./judge.js";
import { diffKeys, type KeyDiff, type KnownKey } from "./key-diff.js";
import { tellOf, type UsersOf } from "./tell.js";

export interface ProbedAt {
  readonly now: number;
  readonly intervalMs: number;
  /** 0 to 1: spreads what began together. */
  readonly chance: number;
}

/** Keys that are gone are remembered for so long, and so many of them. */
const REMEMBERED_MS = 90 * 86_400_000;
const REMEMBERED = 200;
/** Tenants that an alert or a look at the nodes takes in; the rest is counted. */
const NAMED_USERS = 20;
const JITTER = 0.2;

const msOf = (at: Date | null): number | null => at?.getTime() ?? null;
const dateOf = (at: number | null): Date | null => (at === null ? null : new Date(at));

async function knownKeys(tx: FleetTransaction, targetId: string): Promise<KnownKey[]> {
  const rows = await tx.radarKey.findMany({ where: { targetId } });
  return rows.map(({ targetId: _, firstSeenAt, lastSeenAt, vanishedAt, ...key }) => ({
    ...key,
    firstSeenAt: firstSeenAt.getTime(),
    lastSeenAt: msOf(lastSeenAt),
    vanishedAt: msOf(vanishedAt),
  }));
}

/** Which tenants ask it: all are counted, few are named. */
export async function readUsers(tx: FleetTransaction, targetId: string): Promise<UsersOf> {
  const where = { targetId };
  const rows = await tx.radarUse.findMany({ where, orderBy: [{ tenantSlug: "asc" }, { provider: "asc" }], take: NAMED_USERS });
  const count = rows.length < NAMED_USERS ? rows.length : await tx.radarUse.count({ where });
  return { named: rows.map(({ tenantSlug, provider }) => ({ tenant: tenantSlug, provider })), count };
}

const columnsOf = ({ algorithms: _, ...key }: ObservedKey) => key;

async function writeKeys(
  tx: FleetTransaction,
  targetId: string,
  diff: KeyDiff,
  seen: readonly ObservedKey[],
  okAt: number | null,
  now: number,
): Promise<void> {
  const at = new Date(now);
  const described = new Map(seen.map((key) => [JSON.stringify([key.kid, key.thumbprint]), columnsOf(key)]));
  if (diff.appeared.length > 0)
    await tx.radarKey.createMany({ data: diff.appeared.map((key) => ({ targetId, ...columnsOf(key), firstSeenAt: at })) });
  for (const key of diff.vanished)
    await tx.radarKey.update({
      where: { targetId_kid_thumbprint: { targetId, kid: key.kid, thumbprint: key.thumbprint } },
      data: { vanishedAt: at, lastSeenAt: dateOf(okAt) },
    });
  // What stays may be described otherwise than it was: another use, another algorithm.
  const changed = diff.kept.filter((key) => {
    const now = described.get(JSON.stringify([key.kid, key.thumbprint]));
    return now !== undefined && (Object.keys(now) as (keyof typeof now)[]).some((name) => now[name] !== key[name]);
  });
  for (const key of [...diff.returned, ...changed])
    await tx.radarKey.update({
      where: { targetId_kid_thumbprint: { targetId, kid: key.kid, thumbprint: key.thumbprint } },
      data: { ...described.get(JSON.stringify([key.kid, key.thumbprint])), vanishedAt: null, lastSeenAt: null },
    });
  if (diff.vanished.length + diff.absent.length === 0) return;
  const gone = [...diff.vanished.map((key) => ({ ...key, vanishedAt: now })), ...diff.absent].sort(
    (a, b) => (b.vanishedAt ?? 0) - (a.vanishedAt ?? 0),
  );
  const forgotten = gone.filter(({ vanishedAt }, index) => index >= REMEMBERED || now - (vanishedAt ?? now) > REMEMBERED_MS);
  for (const { kid, thumbprint } of forgotten) await tx.radarKey.deleteMany({ where: { targetId, kid, thumbprint } });
}

/** What is said of a client that is busy or closing says nothing of the provider: it is asked again soon. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["busy", "closed"]);
const AGAIN_MS = 15_000;

/**
 * Takes down one probe: state, keys, findings and their alerts, in one transaction. Does nothing for a claim that has been lost.
 * @returns whether it was taken down
 */
export async function recordProbe(
  tx: FleetTransaction,
  target: ClaimedTarget,
  outcome: ProbeOutcome,
  { now, intervalMs, chance }: ProbedAt,
): Promise<boolean> {
  const { id, claim } = target;
  const [mine] = await tx.$queryRaw<{ id: string }[]>`select id from radar_target where id = ${id} and claim = ${claim}::uuid for update`;
  if (mine === undefined) return false;
  const free = { claim: null, claimedUntil: null };
  if (!outcome.ok && SAYS_NOTHING.has(outcome.code)) {
    await tx.radarTarget.update({ where: { id }, data: { ...free, nextAt: new Date(now + AGAIN_MS * (1 + chance)) } });
    return true;
  }
  const row = await tx.radarTarget.findUniqueOrThrow({ where: { id } });
  const before: Watched = {
    ...{ state: row.state, failures: row.failures, failingSince: msOf(row.failingSince), okAt: msOf(row.okAt) },
    ...{ facts: storedFacts(row.facts), findings: storedFindings(row.findings) },
  };
  const users = await readUsers(tx, id);
  const diff = outcome.ok ? diffKeys(await knownKeys(tx, id), outcome.keys) : null;
  const goneLately = diff === null ? [] : [...diff.vanished, ...diff.absent].filter(({ vanishedAt }) => now - (vanishedAt ?? now) < LOOKED_FOR_MS);
  if (goneLately.length > 0) await askNodes(tx, users.named, now);
  const holders = nodesByKid(goneLately.length === 0 ? [] : await readHolders(tx, users.named, now));
  const judged = judge(before, { outcome, diff, holders, now, intervalMs });
  const findings = await tellOf(tx, target, users, { before: before.findings, after: judged.findings, now });
  if (outcome.ok && diff !== null) await writeKeys(tx, id, diff, outcome.keys, before.okAt, now);
  await tx.radarTarget.update({
    where: { id },
    data: {
      ...free,
      ...{ state: judged.state, failures: judged.failures, code: judged.code, detail: judged.detail, ms: outcome.ms, probedAt: new Date(now) },
      ...{ failingSince: dateOf(judged.failingSince), okAt: dateOf(judged.okAt) },
      facts: judged.facts === null ? Prisma.DbNull : asJson(judged.facts),
      findings: asJson(findings),
      nextAt: new Date(now + judged.nextInMs * (1 - JITTER / 2 + chance * JITTER)),
    },
  });
  return true;
}
