import { startPostgresServer } from "@sallyport/testkit";
import type { StoreServer } from "../testing/store-outage.js";
import { upstreamLoginSuite } from "../testing/upstream-login-suite.js";

upstreamLoginSuite("PostgreSQL", async (): Promise<StoreServer> => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});
