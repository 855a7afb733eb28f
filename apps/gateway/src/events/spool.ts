import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EventsRequest, eventsRequest } from "@sallyport/snapshot/protocol";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";

/** Batches that wait on disk while the control plane is away, oldest first. */
export interface EventSpool {
  readonly batches: number;
  /** Keeps a batch. When the spool is full the oldest go, and are the answer. */
  add(batch: EventsRequest): Promise<EventsRequest[]>;
  oldest(): Promise<EventsRequest | null>;
  /** The oldest has been accepted, or can never be. */
  removeOldest(): Promise<void>;
}

/** @param maxBatches of at most 500 events each */
export async function openEventSpool(dataDir: string, maxBatches: number): Promise<EventSpool> {
  const folder = join(dataDir, "events");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.json$/.test(name)).sort();
  let next = Number(names.at(-1)?.slice(0, 16) ?? 0) + 1;

  const read = async (name: string): Promise<EventsRequest | null> => {
    const text = await readIfThere(join(folder, name));
    const parsed = eventsRequest.safeParse(text === null ? null : parseJson(text));
    return parsed.success ? parsed.data : null;
  };
  const removeOldest = async (): Promise<void> => {
    const name = names.shift();
    if (name !== undefined) await rm(join(folder, name), { force: true });
  };

  return {
    get batches() {
      return names.length;
    },
    async add(batch) {
      const lost: EventsRequest[] = [];
      while (names.length >= maxBatches) {
        const oldest = await read(names[0] ?? "");
        if (oldest !== null) lost.push(oldest);
        await removeOldest();
      }
      const name = `${String(next).padStart(16, "0")}.json`;
      next += 1;
      await writeAtomically(join(folder, name), JSON.stringify(batch));
      names.push(name);
      return lost;
    },
    async oldest() {
      for (let name = names[0]; name !== undefined; name = names[0]) {
        const batch = await read(name);
        if (batch !== null) return batch;
        await removeOldest();
      }
      return null;
    },
    removeOldest,
  };
}
