import { withFleet } from "@sallyport/data";
import { type Ed25519PublicJwk, revisionEnvelope, SCHEMA_VERSION } from "@sallyport/snapshot";
import type { BundleHeader } from "@sallyport/snapshot/protocol";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { ServiceError } from "../errors.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import { statedKey } from "../node-api/encryption-keys.js";
import type { GroupTarget, TargetReader } from "../publish/group-target.js";
import type { SectionStore } from "../publish/section-store.js";
import { type OfferedNode, readOffer } from "../rollouts/offer.js";
import type { ContentKeys } from "../secrets/content-keys.js";
import { invalid, parse } from "../validation.js";
import { bundleText } from "./bundle-text.js";
import { type BundleInput, bundleInput } from "./bundles.schemas.js";

/** A file with which a node starts without its control plane. */
interface Bundle {
  readonly group: string;
  readonly revision: number;
  /** What a node that joins the group now would get. A bundle of another revision lacks what was revoked since. */
  readonly current: number;
  /** The node that it is for alone; null for any of the group. */
  readonly node: string | null;
  /** It has secrets that open with a content key; without `node` the key is not in it. */
  readonly isSealed: boolean;
  /** Thumbprint of the key that signed it: what a node that is not enrolled has to be told. */
  readonly signedBy: string;
  /** The file's text. */
  readonly bundle: string;
}

export interface Bundles {
  /**
   * Writes it down in the audit log: whoever holds the file can run a gateway for the group's tenants.
   * @throws ServiceError `invalid`; `precondition` before the first publish, for a key that is not trusted or not there any more
   */
  make(actor: Actor, input: BundleInput): Promise<Bundle>;
}

interface BundlesParts {
  readonly keys: SigningKeys;
  readonly sections: SectionStore;
  readonly contentKeys: ContentKeys;
  readonly targets: TargetReader;
}

interface Recipient {
  readonly id: string;
  readonly name: string;
  /** The statement of the key that it decrypts with; null before it made one. */
  readonly encryptionKey: string | null;
}

export function createBundles(deps: ControlPlaneDeps, parts: BundlesParts): Bundles {
  /** Group, recipient, and what a node that joins now would run. */
  const readAsked = ({ group: name, node: nodeName }: BundleInput) =>
    withFleet(deps.data.fleet, async (tx) => {
      const group = await tx.nodeGroup.findUnique({ where: { name }, select: { id: true } });
      if (group === null) throw invalid([{ path: "group", message: `"${name}" is no node group; choose another` }]);
      const offer = await readOffer(tx);
      if (offer === null) throw new ServiceError("precondition", "Nothing has been published yet: there is no revision to make a bundle of.");
      const newcomer: OfferedNode = { id: "", groupId: group.id, appliedRevision: null, nackedRevision: null };
      const current = offer.of(newcomer);
      if (nodeName === undefined) return { group, current, recipient: null };
      const recipient: Recipient | null = await tx.node.findFirst({
        where: { name: nodeName, groupId: group.id, status: "active" },
        select: { id: true, name: true, encryptionKey: true },
      });
      if (recipient === null)
        throw invalid([{ path: "node", message: `"${nodeName}" is no active node of the group ${name}; choose one that is, or leave it out` }]);
      return { group, current, recipient };
    });

  async function recipientOf({ contentKey, revision }: GroupTarget, { id, name, encryptionKey }: Recipient): Promise<BundleHeader["recipient"]> {
    if (contentKey === null) return { node: id, contentKey: null };
    if (encryptionKey === null)
      throw new ServiceError("precondition", `The node ${name} has not told a key to encrypt to yet. It does with its next poll.`);
    const wrapped = await parts.contentKeys.wrapFor(contentKey, statedKey(encryptionKey));
    if (wrapped === null)
      throw new ServiceError(
        "precondition",
        `The key to the secrets of revision ${revision} is gone: a node was revoked since. Take a newer revision, or leave the node out.`,
      );
    return { node: id, contentKey: wrapped };
  }

  /** Keys of the envelope that are trusted still, the signing one among them. */
  async function keysOf({ envelope, revision }: GroupTarget): Promise<{ signedBy: string; trustedKeys: Ed25519PublicJwk[] }> {
    const signedBy = decodeProtectedHeader(envelope).kid ?? "";
    const named = revisionEnvelope.parse(decodeJwt(envelope)).trustedKeys ?? [signedBy];
    const trustedKeys = (await parts.keys.trusted()).filter(({ kid }) => named.includes(kid));
    if (trustedKeys.every(({ kid }) => kid !== signedBy))
      throw new ServiceError("precondition", `Revision ${revision} is signed with a key that is trusted no more. Take a newer revision.`);
    return { signedBy, trustedKeys };
  }

  return {
    async make(actor, input) {
      requireFleetGrant(actor, "node.write");
      const asked = parse(bundleInput, input);
      const { group, current, recipient } = await readAsked(asked);
      const wanted = { groupId: group.id, schemaVersion: SCHEMA_VERSION, revision: asked.revision ?? current };
      const target = await (wanted.revision === current ? parts.targets.load(wanted) : parts.targets.find(wanted));
      if (target === null)
        throw invalid([
          { path: "revision", message: `${wanted.revision} was never made for the group ${asked.group}; choose another, or leave it out` },
        ]);
      const { signedBy, trustedKeys } = await keysOf(target);
      const { envelope, manifest, revision } = target;
      const header = { envelope, trustedKeys, recipient: recipient === null ? null : await recipientOf(target, recipient), manifest };
      const at = new Date(deps.clock.now());
      const bundle = await withFleet(deps.data.fleet, async (tx) => {
        const text = bundleText(header, await parts.sections.get(tx, Object.values(manifest)));
        const after = { revision, node: recipient?.name ?? null };
        await recordAudit(tx, actor, [{ action: "bundle.create", targetKind: "NodeGroup", targetName: asked.group, after }], at);
        return text;
      });
      return { group: asked.group, revision, current, node: recipient?.name ?? null, isSealed: target.contentKey !== null, signedBy, bundle };
    },
  };
}
