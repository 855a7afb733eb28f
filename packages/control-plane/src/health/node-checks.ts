import type { NodeRow } from "../nodes/node-rows.js";
import { CLOCK_SKEW_ALARM_MS, LATE_AFTER_MS } from "../nodes/node-state.js";
import { type Finding, found, type Outcome } from "./finding.js";
import { versionsApart } from "./versions-apart.js";

/** A node that is this long behind is no longer just on its way. */
const BEHIND_AFTER_MS = 60_000;

const findingOf = (node: NodeRow, title: string, detail: string, since: Date | null): Finding => ({
  subject: node.name,
  title: `${node.name} ${title}`,
  detail,
  since,
  fix: { label: `Open ${node.name}`, href: `/nodes?node=${node.name}` },
});
const heard = (nodes: readonly NodeRow[]): NodeRow[] =>
  nodes.filter(({ lastHeartbeatAt, health }) => lastHeartbeatAt !== null && health !== "silent");
const each = (nodes: readonly NodeRow[], judge: (node: NodeRow) => Finding | null): Outcome => found(nodes.flatMap((node) => judge(node) ?? []));

export const silentNodes = (nodes: readonly NodeRow[]): Outcome =>
  each(nodes, (node) =>
    node.lastHeartbeatAt === null || node.health !== "silent"
      ? null
      : findingOf(node, "is silent", "No heartbeat for more than 15 s. It may still serve what it has.", node.lastHeartbeatAt),
  );

export const neverHeard = (nodes: readonly NodeRow[]): Outcome =>
  each(nodes, (node) =>
    node.lastHeartbeatAt === null ? findingOf(node, "has not reported yet", "It enrolled, and no heartbeat has come since.", node.enrolledAt) : null,
  );

/** @param published when the newest revision was published; null before the first */
export const refusingNodes = (nodes: readonly NodeRow[], published: Date | null): Outcome =>
  each(heard(nodes), (node) => {
    if (node.sync !== "refused") return null;
    const runs = node.revision === null ? "it has nothing to serve" : `it goes on serving ${node.revision}`;
    const finding = findingOf(node, `refused revision ${node.targetRevision}`, `${node.lastError ?? "No reason given"}; ${runs}.`, published);
    return { ...finding, fix: { label: `Open revision ${node.targetRevision}`, href: `/revisions/${node.targetRevision}` } };
  });

export const nodesBehind = (nodes: readonly NodeRow[], published: Date | null, now: number): Outcome =>
  each(heard(nodes), (node) => {
    if (node.sync !== "behind" || published === null || now - published.getTime() <= BEHIND_AFTER_MS) return null;
    const runs = node.revision === null ? "nothing yet" : `revision ${node.revision}`;
    return findingOf(node, "is behind", `It runs ${runs}; it should run ${node.targetRevision}.`, published);
  });

/** @param nodes whose heartbeat told another hash than that of the revision that it told, with both hashes */
export const driftingNodes = (
  nodes: readonly { readonly name: string; readonly revision: number; readonly runs: string; readonly published: string }[],
): Outcome =>
  found(
    nodes.map(({ name, revision, runs, published }) => ({
      subject: name,
      title: `${name} runs other content than revision ${revision}`,
      detail: `Its requests are decided by ${runs.slice(0, 12)}…; revision ${revision} is ${published.slice(0, 12)}….`,
      since: null,
      fix: { label: `Open ${name}`, href: `/nodes?node=${name}` },
    })),
  );

export const clocksOff = (nodes: readonly NodeRow[]): Outcome =>
  each(heard(nodes), (node) => {
    const ms = node.clockSkewMs ?? 0;
    if (Math.abs(ms) <= CLOCK_SKEW_ALARM_MS) return null;
    const how = `${Math.round(Math.abs(ms) / 1_000)} s ${ms > 0 ? "ahead" : "behind"}`;
    return findingOf(node, `has its clock ${how}`, `Its clock is ${how} of the control plane's.`, null);
  });

export function versionsOff(nodes: readonly NodeRow[]): Outcome {
  const [newest] = heard(nodes)
    .map(({ version }) => version)
    .sort((a, b) => versionsApart(b, a).order);
  if (newest === undefined) return found([]);
  return each(heard(nodes), (node) => {
    const { isTooFar } = versionsApart(node.version, newest);
    return isTooFar ? findingOf(node, `has version ${node.version}`, `The newest node has ${newest}: more than one version apart.`, null) : null;
  });
}

/** What is not told by a check of its own: the sentences that the node says, that it is not ready, or late. */
export const degradedNodes = (nodes: readonly NodeRow[], now: number): Outcome =>
  each(heard(nodes), (node) => {
    if (node.health !== "degraded") return null;
    // The clock has a check of its own.
    const [first, ...others] = node.problems.filter((sentence) => !sentence.startsWith("The node's clock is "));
    const late = node.lastHeartbeatAt !== null && now - node.lastHeartbeatAt.getTime() > LATE_AFTER_MS;
    if (first === undefined && !late && node.isReady && !node.isDraining) return null;
    const more = others.length > 0 ? ` (and ${others.length} more)` : "";
    const own = node.isDraining ? "It is draining." : "It is not ready to serve.";
    return findingOf(node, "is degraded", `${first ?? (late ? "Its last two heartbeats are missing." : own)}${more}`, null);
  });

/** A key that is this old was not renewed by a node that renews keys every 30 days. */
const OLD_KEY_MS = 45 * 86_400_000;
/** How long after it was asked a node may take: heartbeats come every 5 s. */
const ASKED_MS = 600_000;

export interface NodeKeyFacts {
  readonly name: string;
  readonly keySince: Date;
  readonly renewsKey: boolean;
  readonly renewalAskedAt: Date | null;
}

export const oldKeys = (nodes: readonly NodeRow[], keys: readonly NodeKeyFacts[], now: number): Outcome => {
  const byName = new Map(keys.map((key) => [key.name, key]));
  return each(heard(nodes), (node) => {
    const key = byName.get(node.name);
    if (key === undefined) return null;
    const asked = key.renewalAskedAt;
    if (asked !== null && now - asked.getTime() > ASKED_MS)
      return findingOf(node, "was asked to renew its keys and has not", "It has reported since, and goes on with its old key.", asked);
    const days = Math.floor((now - key.keySince.getTime()) / 86_400_000);
    if (key.renewsKey || now - key.keySince.getTime() <= OLD_KEY_MS) return null;
    return findingOf(node, `has had the same key for ${days} days`, "Its build does not renew keys.", new Date(key.keySince.getTime() + OLD_KEY_MS));
  });
};

const KEY_WORDS = {
  expired: "are past the stale cap: requests are answered with 503",
  stale: "are stale and still in use",
  failing: "cannot be refreshed",
} as const;

/** Keys of identity providers in this state, one finding for each provider, whichever nodes say so. */
export function keysInState(nodes: readonly NodeRow[], wanted: keyof typeof KEY_WORDS): Outcome {
  const told = new Map<string, { finding: Finding; node: string; nodes: number }>();
  for (const node of heard(nodes)) {
    for (const { tenant, identityProvider, state, fetchedAt, lastError } of node.jwks) {
      if (state !== wanted) continue;
      const subject = `${tenant}/${identityProvider}`;
      const known = told.get(subject);
      if (known !== undefined) {
        known.nodes += 1;
        continue;
      }
      const finding: Finding = {
        subject,
        title: `Keys of ${identityProvider} of ${tenant} ${KEY_WORDS[wanted]}`,
        detail: lastError ?? "The provider's JWKS endpoint cannot be reached.",
        since: fetchedAt === null ? null : new Date(fetchedAt),
        fix: { label: "Open the identity provider", href: `/tenants/${tenant}/identity-providers/${identityProvider}` },
      };
      told.set(subject, { finding, node: node.name, nodes: 1 });
    }
  }
  return found(
    [...told.values()].map(({ finding, node, nodes: many }) => ({
      ...finding,
      detail: `${finding.detail} At ${many === 1 ? node : `${many} nodes`}.`,
    })),
  );
}
