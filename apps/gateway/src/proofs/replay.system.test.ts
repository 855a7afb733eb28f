import { startRedisServer } from "@sallyport/testkit";
import { proofSuite } from "../testing/proof-suite.js";

proofSuite("Redis", startRedisServer);
