import type { TestFleet } from "./test-fleet.js";

/** Runs a statement as the database's owner, past row-level security: for arranging faults and for looking at what is stored. */
export const queryOwner = <T = unknown>(fleet: Pick<TestFleet, "owner">, sql: string): Promise<T[]> => fleet.owner().$queryRawUnsafe<T[]>(sql);
