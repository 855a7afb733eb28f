import { startPostgresServer } from "@sallyport/testkit";
import { lockoutFleetSuite } from "../testing/lockout-suite.js";
import type { StoreServer } from "../testing/store-outage.js";

lockoutFleetSuite("PostgreSQL", async (): Promise<StoreServer> => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});
