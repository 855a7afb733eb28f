import type { SyncRequest } from "@sallyport/snapshot/protocol";
import type { NodeRecord } from "./node-directory.js";
import type { RevisionFeed } from "./revision-feed.js";

/**
 * The last poll of each node that was answered `unchanged` without a wait. The answer to a poll is made of its own words, of the node's
 * record and of what the feed tells changes of: as long as all three are the same, so is the answer, and nothing of it need be read or asked.
 */
export interface IdlePolls {
  /** @param body as it came, before anything of it is read */
  isAnswered(node: NodeRecord, body: Uint8Array): boolean;
  /** @param generation of the feed, as it was before the answer was looked for */
  answered(node: NodeRecord, poll: { readonly request: SyncRequest; readonly body: Uint8Array; readonly generation: number }): void;
}

interface Answered {
  readonly body: Buffer;
  readonly generation: number;
}

export function createIdlePolls(feed: Pick<RevisionFeed, "generation">): IdlePolls {
  const last = new WeakMap<NodeRecord, Answered>();
  return {
    isAnswered(node, body) {
      const known = last.get(node);
      return known !== undefined && known.generation === feed.generation() && known.body.equals(body);
    },
    answered(node, { request, body, generation }) {
      // One that waits is to wait, and a report is to be taken down each time.
      if (request.waitMs > 0 || request.delivery !== undefined) return;
      // A copy: what came is a piece of a larger buffer.
      last.set(node, { body: Buffer.from(body), generation });
    },
  };
}
