import { withFleet } from "@sallyport/data";
import type { ControlPlaneDeps } from "../deps.js";
import type { GroupTarget, TargetReader } from "../publish/group-target.js";
import { type OfferedNode, readOffer } from "../rollouts/offer.js";
import type { RevisionFeed } from "./revision-feed.js";

export interface GroupTargets {
  /** Null before the first publish. Kept until the feed tells of a change. */
  of(node: OfferedNode, schemaVersion: number): Promise<GroupTarget | null>;
}

export function createGroupTargets(deps: ControlPlaneDeps, feed: RevisionFeed, targets: TargetReader): GroupTargets {
  const kept = new Map<string, Promise<GroupTarget | null>>();
  let offer: ReturnType<typeof readOffer> | null = null;
  feed.onChange(() => {
    kept.clear();
    offer = null;
  });

  function currentOffer(): ReturnType<typeof readOffer> {
    if (offer !== null) return offer;
    const reading = withFleet(deps.data.fleet, readOffer);
    offer = reading;
    // A failed look is not remembered.
    reading.catch(() => {
      if (offer === reading) offer = null;
    });
    return reading;
  }

  return {
    async of(node, schemaVersion) {
      const number = (await currentOffer())?.of(node);
      if (number === undefined) return null;
      const key = `${node.groupId}/${schemaVersion}/${number}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const loading = targets.load({ groupId: node.groupId, schemaVersion, revision: number });
      kept.set(key, loading);
      // A failed look is not remembered.
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
  };
}
