import type { Ed25519PublicJwk, RevisionEnvelope } from "@sallyport/snapshot";
import type { WrappedContentKey } from "@sallyport/snapshot/protocol";
import type { BundleSettings } from "../env.js";
import { keysWithThumbprints } from "../identity/trusted-keys.js";
import type { Membership } from "../membership.js";
import type { UnverifiedRevision } from "../sync/revision.js";
import { type EnvelopeExpectations, verifyEnvelope } from "../sync/verify-envelope.js";
import { readBundle, type StatedBundle } from "./read-bundle.js";

/** A bundle whose envelope is proven to be for this node; its sections are proven when it is applied. */
export interface OpenBundle {
  readonly file: string;
  readonly revision: UnverifiedRevision;
  readonly envelope: RevisionEnvelope;
  /** Keys that came along; those that the envelope names may be pinned. */
  readonly trustedKeys: readonly Ed25519PublicJwk[];
  /** To the secrets of this revision, encrypted to this node; null where it came without. */
  readonly contentKey: WrappedContentKey | null;
}

export const bundleRefused = (file: string, why: string): Error => new Error(`the bundle ${file} ${why}; the node does not start`);

/** Whom a node that is not enrolled believes: the one key of the setting, for the one group of the setting. */
async function pinnedBySettings({ key, group }: BundleSettings, { trustedKeys }: StatedBundle): Promise<EnvelopeExpectations> {
  if (key === null || group === null)
    throw new Error(
      "cannot be trusted: the node is not enrolled, so SALLYPORT_BUNDLE_KEY has to name the thumbprint of the signing key, and SALLYPORT_BUNDLE_GROUP the node group",
    );
  return { trustedKeys: await keysWithThumbprints(trustedKeys, [key]), fleet: null, group };
}

/** The bundle that the settings name, held to what an enrolled node has pinned, else to what the settings pin. @throws Error one sentence */
export async function openBundle(
  settings: BundleSettings,
  membership: Pick<Membership, "identity" | "expectations" | "pinUntilEnrolled">,
): Promise<OpenBundle> {
  const { file } = settings;
  const { identity } = membership;
  try {
    const stated = await readBundle(file);
    const { recipient, revision, trustedKeys } = stated;
    // Loudly, and not without its secrets only: it is in the wrong place.
    if (recipient !== null && recipient.node !== identity?.nodeId) throw new Error(`is refused: it was made for the node ${recipient.node} alone`);
    const expected = identity === null ? await pinnedBySettings(settings, stated) : membership.expectations();
    const verified = await verifyEnvelope(revision.envelope, expected);
    if (!verified.ok) throw new Error(`is refused: ${verified.errors[0]?.code}: ${verified.errors[0]?.message}`);
    const envelope = verified.value;
    if (identity === null) {
      const signed = await keysWithThumbprints(trustedKeys, envelope.trustedKeys ?? []);
      membership.pinUntilEnrolled({ trustedKeys: [...expected.trustedKeys, ...signed], fleet: envelope.fleet, group: envelope.group });
    }
    return { file, revision, envelope, trustedKeys, contentKey: recipient?.contentKey ?? null };
  } catch (error) {
    throw bundleRefused(file, error instanceof Error ? error.message : String(error));
  }
}

/**
 * A node that started from a bundle and enrolled afterwards can only go on where both are of one fleet and group.
 * @returns why it cannot, in one sentence
 */
export function strangerOf(running: RevisionEnvelope | undefined, { fleet, group }: EnvelopeExpectations): string | null {
  if (running === undefined || (running.fleet === fleet && running.group === group)) return null;
  return `the node runs a bundle for the group ${running.group} of the fleet ${running.fleet}, and has enrolled in the group ${group} of the fleet ${fleet}: take a bundle of that group, or none`;
}
