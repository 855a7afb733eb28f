import { createDataClients } from "@sallyport/data";
import type { TestFleet } from "./test-fleet.js";

/** Runs a statement as the database's owner, past row-level security: for arranging faults and for looking at what is stored. */
export async function queryOwner<T = unknown>(fleet: Pick<TestFleet, "database">, sql: string): Promise<T[]> {
  const { ownerUrl } = fleet.database;
  const data = createDataClients({ appUrl: ownerUrl, fleetUrl: ownerUrl, poolSize: 1 });
  try {
    return await data.fleet.$queryRawUnsafe<T[]>(sql);
  } finally {
    await data.close();
  }
}
