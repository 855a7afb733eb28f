import type { Severity } from "@sallyport/snapshot/protocol";
import type { NodeRow } from "../nodes/node-rows.js";
import { LATE_AFTER_MS } from "../nodes/node-state.js";

/** Something that is wrong: since when, why, and what to do about it. */
export interface Problem {
  /** Stable while the problem lasts. */
  readonly id: string;
  readonly severity: Severity | "low";
  readonly title: string;
  readonly detail: string;
  readonly since: Date | null;
  readonly fix: { readonly label: string; readonly href: string } | null;
}

/** A node that is this long behind is no longer just on its way. */
const BEHIND_AFTER_MS = 60_000;

/** @param published when the live revision was published; null before the first */
function ofNode(node: NodeRow, published: Date | null, now: number): Problem[] {
  const open = { label: `Open ${node.name}`, href: `/nodes?node=${node.name}` };
  const problem = (what: string, severity: Problem["severity"], title: string, detail: string, since: Date | null, fix = open): Problem => ({
    id: `node/${node.name}/${what}`,
    severity,
    title,
    detail,
    since,
    fix,
  });
  if (node.lastHeartbeatAt === null)
    return [problem("never", "low", `${node.name} has not reported yet`, "It enrolled, and no heartbeat has come since.", node.enrolledAt)];
  if (node.health === "silent")
    return [
      problem("silent", "high", `${node.name} is silent`, "No heartbeat for more than 15 s. It may still serve what it has.", node.lastHeartbeatAt),
    ];
  const found: Problem[] = [];
  if (node.sync === "refused") {
    const fix = { label: `Open revision ${node.targetRevision}`, href: `/revisions/${node.targetRevision}` };
    const runs = node.revision === null ? "it has nothing to serve" : `it goes on serving ${node.revision}`;
    found.push(
      problem(
        "refused",
        "high",
        `${node.name} refused revision ${node.targetRevision}`,
        `${node.lastError ?? "No reason given"}; ${runs}`,
        published,
        fix,
      ),
    );
  } else if (node.sync === "behind" && published !== null && now - published.getTime() > BEHIND_AFTER_MS) {
    const runs = node.revision === null ? "nothing yet" : `revision ${node.revision}`;
    found.push(problem("behind", "medium", `${node.name} is behind`, `It runs ${runs}; ${node.targetRevision} is live.`, published));
  }
  const [first, ...others] = node.problems;
  if (node.health === "degraded") {
    const more = others.length > 0 ? ` (and ${others.length} more)` : "";
    const late = now - node.lastHeartbeatAt.getTime() > LATE_AFTER_MS;
    const why = first ?? (late ? "Its last two heartbeats are missing." : "It is not ready to serve.");
    found.push(problem("degraded", "medium", `${node.name} is degraded`, `${why}${more}`, null));
  }
  return found;
}

const KEY_PROBLEMS = {
  expired: { severity: "critical", words: "are past the stale cap: requests are answered with 503" },
  stale: { severity: "high", words: "are stale and still in use" },
  failing: { severity: "medium", words: "cannot be refreshed" },
} as const satisfies Record<string, { severity: Severity; words: string }>;

/** Keys of identity providers that are not fresh, one problem for each provider whichever nodes say so. */
function ofKeys(nodes: readonly NodeRow[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const node of nodes) {
    if (node.health === "silent") continue;
    for (const { tenant, identityProvider, state, fetchedAt, lastError } of node.jwks) {
      if (state === "unused" || state === "fresh") continue;
      const { severity, words } = KEY_PROBLEMS[state];
      const id = `keys/${tenant}/${identityProvider}/${state}`;
      if (found.has(id)) continue;
      const reporting = nodes.filter(({ jwks }) =>
        jwks.some((each) => each.tenant === tenant && each.identityProvider === identityProvider && each.state === state),
      );
      found.set(id, {
        id,
        severity,
        title: `Keys of ${identityProvider} of ${tenant} ${words}`,
        detail: `${lastError ?? "The provider's JWKS endpoint cannot be reached."} At ${reporting.length === 1 ? node.name : `${reporting.length} nodes`}.`,
        since: fetchedAt === null ? null : new Date(fetchedAt),
        fix: { label: "Open the identity provider", href: `/tenants/${tenant}/identity-providers/${identityProvider}` },
      });
    }
  }
  return [...found.values()];
}

/** What is wrong at the nodes, from what they said last and how long ago that was. */
export function nodeProblems(nodes: readonly NodeRow[], published: Date | null, now: number): Problem[] {
  const active = nodes.filter(({ status }) => status === "active");
  return [...active.flatMap((node) => ofNode(node, published, now)), ...ofKeys(active)];
}
