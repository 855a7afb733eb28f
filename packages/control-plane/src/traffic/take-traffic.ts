import { gzipSync } from "node:zlib";
import { type FleetTransaction, withFleet } from "@sallyport/data";
import type { ActiveRecording, Arrival, LimitsRequest } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import type { ControlPlaneDeps } from "../deps.js";
import { KEPT_DAYS } from "./recordings.js";

/** A recording ends when it holds so many; each node's last report may bring it beyond. */
export const MAX_RECORDED = 100_000;

const DAY_MS = 86_400_000;

type Told = LimitsRequest["traffic"][number];

interface Stored {
  readonly tenant_id: string;
  readonly slug: string;
  readonly requests: number;
  readonly started_at: Date;
  readonly ends_at: Date;
  readonly full_at: Date | null;
}

/** Who tells, and whether a tenant is one of its own. */
interface TellingNode {
  readonly id: string;
  readonly serves: (slug: string) => boolean;
}

async function addPart(tx: FleetTransaction, { recording, arrivals, lost }: Told, { id: nodeId, serves }: TellingNode, now: Date): Promise<void> {
  const [known] = await tx.$queryRaw<Stored[]>`
    select r.tenant_id, t.slug, r.requests, r.started_at, r.ends_at, r.full_at from traffic_recording r join tenant t on t.id = r.tenant_id
    where r.id = ${recording}::uuid for no key update of r`;
  // Removed meanwhile: what is still on its way to it is nobody's. Nor can a node tell of a tenant that it has nothing of.
  if (known === undefined || !serves(known.slug)) return;
  const { tenant_id: tenantId, full_at: fullAt } = known;
  const end = (fullAt ?? known.ends_at).getTime();
  // Nodes hear of an end, and of a start, with their next report.
  const within = arrivals.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
  const requests = known.requests + within.length;
  const isFull = fullAt === null && requests >= MAX_RECORDED;
  if (within.length > 0)
    await tx.trafficPart.createMany({
      data: [{ tenantId, recordingId: recording, id: uuidv7(), nodeId, requests: within.length, arrivals: packed(within) }],
    });
  await tx.trafficRecording.updateMany({
    where: { tenantId, id: recording },
    data: { requests, lost: { increment: lost }, ...(isFull && { fullAt: new Date(Math.min(now.getTime(), end)) }) },
  });
}

const packed = (arrivals: readonly Arrival[]): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(JSON.stringify(arrivals)));

/** Adds what a node recorded, in the order of the recordings' ids: two nodes never wait for each other. */
export async function addTraffic(tx: FleetTransaction, traffic: LimitsRequest["traffic"], node: TellingNode, now: Date): Promise<void> {
  for (const told of [...traffic].sort((a, b) => (a.recording < b.recording ? -1 : 1))) await addPart(tx, told, node, now);
}

/** What nodes should record at this moment. */
export async function activeRecordings({ data }: Pick<ControlPlaneDeps, "data">, now: Date): Promise<ActiveRecording[]> {
  const rows = await withFleet(data.fleet, (tx) =>
    tx.trafficRecording.findMany({
      where: { endsAt: { gt: now }, fullAt: null, tenant: { deletedAt: null } },
      select: { id: true, routes: true, endsAt: true, tenant: { select: { slug: true } } },
      orderBy: { id: "asc" },
      take: 1_000,
    }),
  );
  return rows.map(({ id, routes, endsAt, tenant }) => ({ id, tenant: tenant.slug, routes, until: endsAt.toISOString() }));
}

/** Takes away recordings whose time is over. */
export async function forgetTraffic(tx: FleetTransaction, now: number): Promise<void> {
  await tx.trafficRecording.deleteMany({ where: { endsAt: { lt: new Date(now - KEPT_DAYS * DAY_MS) } } });
}
