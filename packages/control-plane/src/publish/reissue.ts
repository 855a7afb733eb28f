import type { FleetTransaction } from "@sallyport/data";
import { isInstallationSection, type Manifest, SEED_KEYS_SECTION } from "@sallyport/snapshot";
import type { Actor } from "../access/actor.js";
import { findUnsettled } from "../rollouts/unsettled-rollout.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import type { ReadLive } from "./live-revision.js";
import { publishedRevision } from "./published-revision.js";
import { repeatRevision, repetitionOf } from "./repeat-revision.js";

/**
 * Brings installation data that changed to the nodes: a new revision with what is live already, hence with its root hash, and new
 * installation sections. In the transaction of the change itself, which holds the revisions' lock: neither is ever there without the other.
 * While a rollout keeps some nodes on the old content, that one is repeated as well, and first: its number is the lower one, so that a node
 * can still go from it to the new content, and never back (ADR 0022).
 * @param comment what changed, in one sentence
 * @returns the newest revision; null when nothing is live, or nodes would get what they have
 */
export type Reissue = (tx: FleetTransaction, actor: Actor, comment: string) => Promise<number | null>;

export function createReissue(parts: { readonly readLive: ReadLive; readonly material: () => Promise<EnvelopeMaterial> }): Reissue {
  return async (tx, actor, comment) => {
    const live = await parts.readLive(tx);
    if (live === null) return null;
    const material = await parts.material();
    const rollout = await findUnsettled(tx);
    const held = rollout === null ? null : await publishedRevision(tx, rollout.held);
    const newer = await repetitionOf(tx, live, material, differs);
    const older = held === null ? null : await repetitionOf(tx, held, material, differs);
    if (newer.newsFor.length === 0 && (older === null || older.newsFor.length === 0)) return null;
    if (rollout === null || held === null || older === null)
      return repeatRevision(tx, actor, live, { comment, kept: [], installation: newer.installation }, material);
    const heldNow = await repeatRevision(tx, actor, held, { comment, kept: [live.manifest], installation: older.installation }, material);
    const candidate = await repeatRevision(tx, actor, live, { comment, kept: [held.manifest], installation: newer.installation }, material);
    await tx.rollout.update({ where: { revision: rollout.revision }, data: { held: heldNow, candidate, version: { increment: 1 } } });
    return candidate;
  };
}

/** Whether nodes that have `sent` would get something else. */
function differs(sent: Manifest, installation: Manifest): boolean {
  const had = Object.keys(sent).filter((name) => isInstallationSection(name) && name !== SEED_KEYS_SECTION);
  return had.length !== Object.keys(installation).length || had.some((name) => sent[name] !== installation[name]);
}
