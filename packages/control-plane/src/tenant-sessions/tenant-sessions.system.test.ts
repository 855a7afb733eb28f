import { startRedisServer } from "@sallyport/testkit";
import { tenantSessionsSuite } from "../testing/tenant-sessions-suite.js";

tenantSessionsSuite("Redis", startRedisServer);
