import { startPostgresServer } from "@sallyport/testkit";
import { openSessionsSuite } from "../testing/open-sessions-suite.js";
import type { StoreServer } from "../testing/store-outage.js";

openSessionsSuite("PostgreSQL", async (): Promise<StoreServer> => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});
