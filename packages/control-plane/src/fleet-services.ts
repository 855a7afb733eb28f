import { createAlerts } from "./alerts/alerts.js";
import type { ControlPlaneDeps } from "./deps.js";
import { createDraft } from "./draft/draft.js";
import { createInstallation } from "./installation/installation.js";
import { createJoinTokens } from "./join-tokens/join-tokens.js";
import { createSigningKeys } from "./keys/signing-keys.js";
import { createNodeApi } from "./node-api/node-api.js";
import { createNodes } from "./nodes/nodes.js";
import { createOverview } from "./overview/overview.js";
import type { DraftReader } from "./publish/draft-reader.js";
import type { ReadLive } from "./publish/live-revision.js";
import { createPublisher } from "./publish/publisher.js";
import { createSectionStore } from "./publish/section-store.js";
import { createRevisions } from "./revisions/revisions.js";
import type { SecretBox } from "./secrets/sealed.js";

/** What the services of this half share with those that edit the draft. */
export interface FleetServicesParts {
  readonly drafts: DraftReader;
  readonly readLive: ReadLive;
  readonly secrets: SecretBox;
}

/** Everything from the draft to the nodes and back: publishing, nodes, security events. One property per noun. */
export function createFleetServices(deps: ControlPlaneDeps, shared: FleetServicesParts) {
  const keys = createSigningKeys(deps, shared.secrets);
  const installation = createInstallation(deps, keys);
  const sections = createSectionStore();
  const parts = { installation, keys, drafts: shared.drafts, sections, readLive: shared.readLive };
  const publisher = createPublisher(deps, parts);
  const nodeApi = createNodeApi(deps, parts);
  const draft = createDraft(deps, parts, publisher);
  return {
    keys,
    installation,
    draft,
    revisions: createRevisions(deps, parts, publisher),
    joinTokens: createJoinTokens(deps, keys),
    nodes: createNodes(deps),
    nodeApi,
    alerts: createAlerts(deps),
    overview: createOverview(deps, draft),
    /** Ends what listens; the data clients are the caller's to close. */
    close: (): Promise<void> => nodeApi.close(),
  };
}
