import type { FleetTransaction } from "@sallyport/data";

/** What was found longer ago says nothing of this moment. */
const FRESH_MS = 600_000;

/**
 * What the radar found lately at these addresses, so that they need not be asked again.
 * @returns by address: null where it brought keys, else why it did not; nothing of what was not asked lately
 */
export async function readFreshState(tx: FleetTransaction, urls: readonly string[], now: number): Promise<Map<string, string | null>> {
  const rows = await tx.radarTarget.findMany({
    where: { url: { in: [...new Set(urls)] }, probedAt: { gt: new Date(now - FRESH_MS) } },
    select: { url: true, detail: true, failures: true },
    orderBy: { probedAt: "asc" },
  });
  return new Map(rows.map(({ url, detail, failures }) => [url, failures === 0 ? null : detail]));
}
