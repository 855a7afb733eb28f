import { startRedisServer } from "@sallyport/testkit";
import { storeOutageSuite } from "../testing/store-outage.js";

storeOutageSuite("Redis", startRedisServer, { keeps: false, stalls: true });
