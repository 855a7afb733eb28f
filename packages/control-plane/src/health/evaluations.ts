import { withFleet } from "@sallyport/data";
import type { ControlPlaneDeps } from "../deps.js";
import type { DraftValidation } from "../draft/draft.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import type { RevisionFeed } from "../node-api/revision-feed.js";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import type { SecretBox } from "../secrets/sealed.js";
import { draftFindings, haltedRollouts, tenantsWithoutProvider } from "./configuration-checks.js";
import { changeFeed, droppedEvents, masterKey, stateStoreAnswers } from "./control-plane-checks.js";
import { endingApiTokens, endingJoinTokens } from "./credential-checks.js";
import type { HealthFacts } from "./facts.js";
import type { Evaluations } from "./finding.js";
import {
  clocksOff,
  degradedNodes,
  driftingNodes,
  keysInState,
  neverHeard,
  nodesBehind,
  oldKeys,
  refusingNodes,
  silentNodes,
  versionsOff,
} from "./node-checks.js";

export interface HealthParts {
  readonly keys: SigningKeys;
  readonly box: SecretBox;
  readonly feed: Pick<RevisionFeed, "state" | "prove">;
  /** Of the draft; null when there is nothing to publish. */
  readonly validateDraft: () => Promise<DraftValidation | null>;
}

/** How each check of the catalogue is judged. The compiler completes the table. */
export function evaluationsOf(deps: ControlPlaneDeps, parts: HealthParts, facts: HealthFacts): Evaluations {
  const { now } = facts;
  const { fleet } = deps.data;
  const active = async () => (await facts.nodes()).filter(({ status }) => status === "active");
  const published = async () => (await facts.live())?.createdAt ?? null;
  return {
    "SP-NODE-001": async () => silentNodes(await active()),
    "SP-NODE-002": async () => neverHeard(await active()),
    "SP-NODE-003": async () => refusingNodes(await active(), await published()),
    "SP-NODE-004": async () => nodesBehind(await active(), await published(), now),
    "SP-NODE-005": async () =>
      driftingNodes(
        await withFleet(
          fleet,
          (tx) => tx.$queryRaw`
            select distinct on (n.name) n.name, g.revision, n.last_heartbeat->>'rootHash' as runs, g.root_hash as published
            from node n join revision_group g on g.group_id = n.group_id and g.revision = (n.last_heartbeat->>'revision')::int
            where n.status = 'active' and n.last_seen_at >= ${new Date(now - SILENT_AFTER_MS)} and n.last_heartbeat->>'rootHash' is not null
              and not exists (select from revision_group e where e.group_id = g.group_id and e.revision = g.revision
                and e.root_hash = n.last_heartbeat->>'rootHash')
            order by n.name, g.schema_version desc`,
        ),
      ),
    "SP-NODE-006": async () => clocksOff(await active()),
    "SP-NODE-007": async () => versionsOff(await active()),
    "SP-NODE-008": async () => degradedNodes(await active(), now),
    "SP-NODE-009": async () => {
      const select = { name: true, keySince: true, renewsKey: true, renewalAskedAt: true };
      const keys = await withFleet(fleet, (tx) => tx.node.findMany({ where: { status: "active" }, select }));
      return oldKeys(await active(), keys, now);
    },
    "SP-KEYS-001": async () => keysInState(await active(), "expired"),
    "SP-KEYS-002": async () => keysInState(await active(), "stale"),
    "SP-KEYS-003": async () => keysInState(await active(), "failing"),
    "SP-CONF-001": async () => draftFindings(await parts.validateDraft()),
    "SP-CONF-002": () => withFleet(fleet, tenantsWithoutProvider),
    "SP-CONF-003": () => withFleet(fleet, haltedRollouts),
    "SP-CTRL-001": () => masterKey(deps, parts),
    "SP-CTRL-002": (options) => changeFeed(parts.feed, options),
    "SP-CTRL-003": () => stateStoreAnswers(deps),
    "SP-CTRL-004": () => droppedEvents(deps, now),
    "SP-CRED-001": () => withFleet(fleet, (tx) => endingJoinTokens(tx, now)),
    "SP-CRED-002": () => withFleet(fleet, (tx) => endingApiTokens(tx, now)),
  };
}
