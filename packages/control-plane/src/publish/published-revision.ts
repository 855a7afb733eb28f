import type { FleetTransaction } from "@sallyport/data";
import { manifest } from "@sallyport/snapshot";
import type { LiveRevision } from "./live-revision.js";

/** A revision by its number; null when there is none. */
export async function publishedRevision(tx: FleetTransaction, number: number): Promise<LiveRevision | null> {
  const row = await tx.revision.findUnique({ where: { number }, select: { number: true, epoch: true, rootHash: true, manifest: true } });
  return row === null ? null : { ...row, manifest: manifest.parse(row.manifest) };
}
