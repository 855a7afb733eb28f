import type { RevisionEnvelope } from "@sallyport/snapshot";
import { type Checked, refused } from "./revision.js";

/**
 * Whether `next` may follow what runs (DESIGN §4): rollback is a new revision with old content, so within an epoch a lower
 * revision is a replay; the epoch rises only by a restore of the control plane.
 */
export function checkOrder(next: RevisionEnvelope, running: RevisionEnvelope | null): Checked<RevisionEnvelope> {
  if (running === null || next.epoch > running.epoch) return { ok: true, value: next };
  if (next.epoch < running.epoch) return refused("older_epoch", "envelope/epoch", `epoch ${next.epoch} is older than the running ${running.epoch}`);
  if (next.revision > running.revision) return { ok: true, value: next };
  if (next.revision < running.revision) {
    return refused("older_revision", "envelope/revision", `revision ${next.revision} is older than the running ${running.revision}`);
  }
  if (next.rootHash !== running.rootHash) {
    return refused("older_revision", "envelope/rootHash", `revision ${next.revision} is running with other content`);
  }
  // The same revision again, for installation data (seed keys, pinned keys): the newer statement only.
  if (Date.parse(next.created) < Date.parse(running.created)) {
    return refused("older_revision", "envelope/created", `revision ${next.revision} is running in a newer edition`);
  }
  return { ok: true, value: next };
}
