import { gzip } from "node:zlib";
import { isInstallationSection, type Manifest } from "@sallyport/snapshot";
import type { SyncResponse } from "@sallyport/snapshot/protocol";
import type { ControlPlaneDeps } from "../deps.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import type { GroupTarget } from "../publish/group-target.js";
import type { SectionStore } from "../publish/section-store.js";
import { storedManifest } from "../publish/stored-manifest.js";
import { deltaOf } from "./delta.js";
import type { RevisionFeed } from "./revision-feed.js";

/** What a node says that it runs. */
interface Base {
  readonly rootHash: string | null;
  readonly installationHash: string | null;
  readonly manifestDelta?: true | undefined;
}

/** A manifest that is known of a base; `exact` when the installation's part is, too. */
interface Known {
  readonly manifest: Manifest;
  readonly exact: boolean;
}

/** An answer's bytes, made once however many polls get them. */
export interface SerialisedAnswer {
  readonly json: Buffer;
  gzip(): Promise<Buffer>;
}

/** Answers with content. Polls of one group with the same base share one and the same object. */
export interface Deliveries {
  answer(target: GroupTarget, base: Base): Promise<SyncResponse>;
  /** @param response one that came from `answer`; any other is serialised each time */
  serialise(response: SyncResponse): SerialisedAnswer;
}

/** Manifests that were sent last, for the next deltas; of ten thousand tenants a megabyte or two each. */
const MANIFESTS_KEPT = 8;

const serialised = (response: SyncResponse): SerialisedAnswer => {
  const json = Buffer.from(JSON.stringify(response));
  let packed: Promise<Buffer> | null = null;
  return {
    json,
    gzip() {
      packed ??= new Promise((resolve, reject) => gzip(json, { level: 5 }, (error, bytes) => (error === null ? resolve(bytes) : reject(error))));
      return packed;
    },
  };
};

export function createDeliveries(
  deps: ControlPlaneDeps,
  feed: RevisionFeed,
  parts: { readonly keys: SigningKeys; readonly sections: SectionStore },
): Deliveries {
  const answers = new Map<string, Promise<SyncResponse>>();
  const bytes = new WeakMap<SyncResponse, SerialisedAnswer>();
  feed.onChange(() => answers.clear());

  /** What was sent to a group, by what a node then says that it runs. Such a pair of hashes names one manifest for ever. */
  const sent = new Map<string, Manifest>();
  const sentKey = ({ groupId, schemaVersion }: GroupTarget, { rootHash, installationHash }: Base): string =>
    [groupId, schemaVersion, rootHash, installationHash].join("/");
  const remember = (target: GroupTarget): void => {
    const key = sentKey(target, target);
    sent.delete(key);
    sent.set(key, target.manifest);
    const [oldest] = sent.keys();
    if (sent.size > MANIFESTS_KEPT && oldest !== undefined) sent.delete(oldest);
  };

  /** The manifest that a node runs, if this control plane ever gave it to its group. */
  async function manifestOf(target: GroupTarget, base: Base): Promise<Known | null> {
    if (base.rootHash === null) return null;
    const kept = sent.get(sentKey(target, base));
    if (kept !== undefined) return { manifest: kept, exact: true };
    const { groupId, schemaVersion } = target;
    const rows = await deps.data.fleet.revisionGroup.findMany({
      where: { rootHash: base.rootHash, groupId, schemaVersion },
      orderBy: { revision: "desc" },
      take: 20,
      select: { installationHash: true, manifest: true },
    });
    const exact = rows.find(({ installationHash }) => installationHash === base.installationHash);
    if (exact !== undefined) return { manifest: storedManifest(exact.manifest), exact: true };
    const [other] = rows;
    if (other === undefined) return null;
    // The declared part is known, the installation's is not: all of that is sent.
    const declared = Object.entries(storedManifest(other.manifest)).filter(([name]) => !isInstallationSection(name));
    return { manifest: Object.fromEntries(declared), exact: false };
  }

  async function make(target: GroupTarget, base: Base): Promise<SyncResponse> {
    remember(target);
    const known = await manifestOf(target, base);
    const { changed, removed } = deltaOf(known?.manifest ?? null, target.manifest);
    const [bodies, trustedKeys] = await Promise.all([
      parts.sections.get(
        deps.data.fleet,
        changed.map(([, hash]) => hash),
      ),
      parts.keys.trusted(),
    ]);
    return {
      kind: "update",
      envelope: target.envelope,
      base: known === null ? null : base.rootHash,
      // Of ten thousand tenants a megabyte, of which the node has all but a line.
      manifest: known?.exact === true && base.manifestDelta === true ? null : target.manifest,
      changed: Object.fromEntries(changed.map(([name, hash]) => [name, bodies.get(hash)])),
      removed: [...removed],
      trustedKeys,
    };
  }

  return {
    answer(target, base) {
      const key = [target.groupId, target.schemaVersion, target.revision, base.rootHash, base.installationHash, base.manifestDelta === true].join(
        "/",
      );
      const found = answers.get(key);
      if (found !== undefined) return found;
      const making = make(target, base);
      answers.set(key, making);
      making.catch(() => answers.delete(key));
      return making;
    },
    serialise(response) {
      if (response.kind === "unchanged") return serialised(response);
      const found = bytes.get(response) ?? serialised(response);
      bytes.set(response, found);
      return found;
    },
  };
}
