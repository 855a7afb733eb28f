import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPostgres } from "./embedded-pg.mjs";

/**
 * Calls `use` with the URL of an empty embedded PostgreSQL that is gone afterwards.
 * @template T
 * @param {(url: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withScratchDatabase(use) {
  const dir = await mkdtemp(path.join(tmpdir(), "sallyport-scratch-"));
  const server = await startPostgres({ dir, settings: { fsync: "off" } }).catch(async (error) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  try {
    return await use(server.url());
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
