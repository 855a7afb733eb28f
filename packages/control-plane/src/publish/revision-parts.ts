import { createStandIns, type StandIns } from "@sallyport/pipeline-node";
import type { ControlPlaneDeps } from "../deps.js";
import { createInstallation, type Installation } from "../installation/installation.js";
import { createGroupKeys, type GroupKeys } from "../internal-keys/group-keys.js";
import { createSigningKeys, type SigningKeys } from "../keys/signing-keys.js";
import { type ContentKeys, createContentKeys } from "../secrets/content-keys.js";
import { createGroupSecrets } from "../secrets/group-secrets.js";
import { createSecretBox, type SecretBox } from "../secrets/sealed.js";
import { createDraftReader, type DraftReader } from "./draft-reader.js";
import type { EnvelopeMaterial } from "./group-envelopes.js";
import { createTargetReader, type TargetReader } from "./group-target.js";
import { createLiveReader, type ReadLive } from "./live-revision.js";
import { createReissue, type Reissue } from "./reissue.js";
import { createRevisionLane, type RevisionLane } from "./revision-lane.js";
import { createSectionStore, type SectionStore } from "./section-store.js";

/** What everybody needs who makes revisions or sends them: made once, shared by the services. */
export interface RevisionParts {
  readonly box: SecretBox;
  readonly keys: SigningKeys;
  readonly installation: Installation;
  readonly drafts: DraftReader;
  readonly readLive: ReadLive;
  readonly sections: SectionStore;
  readonly contentKeys: ContentKeys;
  readonly groupKeys: GroupKeys;
  readonly lane: RevisionLane;
  /** What envelopes are made of, as it is now. */
  readonly material: () => Promise<EnvelopeMaterial>;
  readonly reissue: Reissue;
  /** What a revision is for a node group. */
  readonly targets: TargetReader;
  /** Keys that sign in the place of identity providers, for policy tests. */
  readonly standIns: StandIns;
}

export function createRevisionParts(deps: ControlPlaneDeps): RevisionParts {
  const box = createSecretBox(deps.masterKey);
  const keys = createSigningKeys(deps, box);
  const installation = createInstallation(deps, keys);
  const readLive = createLiveReader();
  const sections = createSectionStore();
  const contentKeys = createContentKeys(deps, box);
  const secrets = createGroupSecrets({ box, contentKeys, sections });
  const groupKeys = createGroupKeys(deps, { box, contentKeys });
  const material = async (): Promise<EnvelopeMaterial> => {
    const [facts, signer, trusted] = await Promise.all([installation.facts(), keys.active(), keys.trusted()]);
    return { installation: facts, signer, trusted, sections, secrets, groupKeys, clock: deps.clock };
  };
  return {
    ...{ box, keys, installation, readLive, sections, contentKeys, groupKeys, material },
    drafts: createDraftReader(deps),
    lane: createRevisionLane(deps),
    targets: createTargetReader(deps, { sections, material }),
    reissue: createReissue({ readLive, material }),
    standIns: createStandIns(),
  };
}
