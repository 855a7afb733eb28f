import type { FleetTransaction } from "@sallyport/data";
import type { LiveRevision } from "./live-revision.js";
import { storedManifest } from "./stored-manifest.js";

/** A revision by its number; null when there is none. */
export async function publishedRevision(tx: FleetTransaction, number: number): Promise<LiveRevision | null> {
  const row = await tx.revision.findUnique({
    where: { number },
    select: { number: true, epoch: true, rootHash: true, manifest: true, reissueOf: true },
  });
  return row === null ? null : { ...row, manifest: storedManifest(row.manifest) };
}
