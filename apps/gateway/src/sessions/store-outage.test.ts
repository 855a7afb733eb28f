import { startPostgresServer } from "@sallyport/testkit";
import { type StoreServer, storeOutageSuite } from "../testing/store-outage.js";

storeOutageSuite(
  "PostgreSQL",
  async (): Promise<StoreServer> => {
    const { url, ...server } = await startPostgresServer();
    return { ...server, url: url() };
  },
  { keeps: true, stalls: false },
);
