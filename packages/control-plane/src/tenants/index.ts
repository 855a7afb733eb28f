import type { DataClients } from "@sallyport/data";
import type { Clock } from "../deps.js";
import type { DraftReader } from "../publish/draft-reader.js";
import type { ReadLive } from "../publish/live-revision.js";
import { createTenantQueries, type TenantQueries } from "./tenant-queries.js";
import { createTenantRefusals, type ReadTenantRefusals } from "./tenant-refusals.js";
import { createChanges } from "./tenant-rows.js";
import { createTenantStats, type ReadTenantStats } from "./tenant-stats.js";
import { createTenantCommands, type TenantCommands } from "./tenants.js";

/** Tenants: what the lists show, and what changes them. */
export interface Tenants extends TenantQueries, TenantCommands {
  stats: ReadTenantStats;
  refusals: ReadTenantRefusals;
}

export function createTenants(deps: {
  readonly data: DataClients;
  readonly clock: Clock;
  readonly drafts: DraftReader;
  readonly readLive: ReadLive;
}): Tenants {
  const changes = createChanges(deps);
  return {
    ...createTenantQueries({ data: deps.data, changes }),
    ...createTenantCommands(deps),
    stats: createTenantStats(deps),
    refusals: createTenantRefusals(deps),
  };
}
