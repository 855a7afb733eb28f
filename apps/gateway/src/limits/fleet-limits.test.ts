import { startPostgresServer } from "@sallyport/testkit";
import { fleetLimitsSuite } from "../testing/fleet-limits-suite.js";
import type { StoreServer } from "../testing/store-outage.js";

fleetLimitsSuite("PostgreSQL", async (): Promise<StoreServer> => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});
