import { startPostgresServer } from "@sallyport/testkit";
import { proofSuite } from "../testing/proof-suite.js";

proofSuite("PostgreSQL", async () => {
  const { url, ...server } = await startPostgresServer();
  return { ...server, url: url() };
});
