import type { FleetTransaction } from "@sallyport/data";
import type { Manifest } from "@sallyport/snapshot";
import { storedManifest } from "./stored-manifest.js";

/** What was published last, as a whole. */
export interface LiveRevision {
  readonly number: number;
  readonly epoch: number;
  readonly rootHash: string;
  readonly manifest: Manifest;
  /** The published revision that this one repeats with other installation data; null for a published one. */
  readonly reissueOf: number | null;
}

/** The newest revision; null before the first publish. */
export type ReadLive = (tx: FleetTransaction) => Promise<LiveRevision | null>;

/** Revisions never change: the one that was read last is kept, and only its number asked for. */
export function createLiveReader(): ReadLive {
  let last: LiveRevision | null = null;
  return async (tx) => {
    const newest = await tx.revision.findFirst({ orderBy: { number: "desc" }, select: { number: true } });
    if (newest === null) return null;
    if (last?.number === newest.number) return last;
    const row = await tx.revision.findUniqueOrThrow({
      where: { number: newest.number },
      select: { number: true, epoch: true, rootHash: true, manifest: true, reissueOf: true },
    });
    last = { ...row, manifest: storedManifest(row.manifest) };
    return last;
  };
}
