import { createAlerts } from "./alerts/alerts.js";
import { createApprovals } from "./approvals/approvals.js";
import { createBundles } from "./bundles/bundles.js";
import type { ControlPlaneDeps } from "./deps.js";
import { createDraft } from "./draft/draft.js";
import { createHealthChecks } from "./health/health.js";
import { createJoinTokens } from "./join-tokens/join-tokens.js";
import { createNodeApi } from "./node-api/node-api.js";
import { createNodes } from "./nodes/nodes.js";
import { createOverview } from "./overview/overview.js";
import { createPolicyTests } from "./policy-tests/policy-tests.js";
import { createPortalChanges } from "./portal/changes.js";
import { createPortalTokenTests } from "./portal/token-tests.js";
import { createComposedCheck } from "./publish/composed-check.js";
import { createPublisher } from "./publish/publisher.js";
import { createPublishing } from "./publish/publishing.js";
import type { RevisionParts } from "./publish/revision-parts.js";
import { createRadar } from "./radar/radar.js";
import { createReview } from "./review/review.js";
import { createRevisions } from "./revisions/revisions.js";
import { createRollouts } from "./rollouts/rollouts.js";

/** Everything from the draft to the nodes and back: publishing, nodes, security events. One property per noun. */
export function createFleetServices(deps: ControlPlaneDeps, parts: RevisionParts) {
  const publishing = createPublishing(parts, createComposedCheck(parts.sections));
  const publisher = createPublisher(parts, publishing);
  const nodeApi = createNodeApi(deps, parts);
  const draft = createDraft(deps, parts, publisher);
  const composed = createComposedCheck(parts.sections);
  const { close: closeProbes, ...review } = createReview(deps, parts, composed);
  const { close: closeTokenTests, ...portalTokenTests } = createPortalTokenTests(deps, parts, composed);
  const { close: closeHealth, ...health } = createHealthChecks(deps, draft, { keys: parts.keys, box: parts.box, feed: nodeApi.feed });
  const { close: closeRollouts, ...rollouts } = createRollouts(deps, parts);
  const { close: closeRadar, ...radar } = createRadar(deps, parts);
  return {
    keys: parts.keys,
    installation: parts.installation,
    draft,
    approvals: createApprovals(deps, parts, publishing, publisher),
    portalChanges: createPortalChanges(deps, parts, publishing),
    portalTokenTests,
    review,
    policyTests: createPolicyTests(deps, parts, composed),
    revisions: createRevisions(deps, parts, publisher),
    rollouts,
    radar,
    bundles: createBundles(deps, parts),
    joinTokens: createJoinTokens(deps, parts.keys),
    nodes: createNodes(deps, { ...parts, nodesChanged: nodeApi.nodesChanged }),
    nodeApi,
    alerts: createAlerts(deps),
    health,
    overview: createOverview(deps, health),
    /** Ends what listens and calls; the data clients are the caller's to close. */
    close: async (): Promise<void> => {
      await Promise.all([nodeApi.close(), closeProbes(), closeTokenTests(), closeRollouts(), closeHealth(), closeRadar()]);
    },
  };
}
