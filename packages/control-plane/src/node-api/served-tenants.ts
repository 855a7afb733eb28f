import { tenantSectionName } from "@sallyport/snapshot";
import { WRITTEN_SCHEMA_VERSIONS } from "../publish/group-envelopes.js";
import type { OfferedNode } from "../rollouts/offer.js";
import type { GroupTargets } from "./group-targets.js";
import type { RevisionFeed } from "./revision-feed.js";

/**
 * Whether a tenant is part of what a node is to run. A node hears of its group's tenants and of no others, and what it tells of others is not
 * taken down.
 */
export type ServedTenants = (node: OfferedNode) => Promise<(slug: string) => boolean>;

export function createServedTenants(targets: GroupTargets, feed: Pick<RevisionFeed, "generation">): ServedTenants {
  return async (node) => {
    // It listens from now on: what is kept of targets is right only as long as somebody hears of changes.
    feed.generation();
    const target = await targets.of(node, Math.max(...WRITTEN_SCHEMA_VERSIONS));
    return (slug) => target !== null && Object.hasOwn(target.manifest, tenantSectionName(slug));
  };
}
