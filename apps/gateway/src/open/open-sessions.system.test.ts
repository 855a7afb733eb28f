import { startRedisServer } from "@sallyport/testkit";
import { openSessionsSuite } from "../testing/open-sessions-suite.js";

openSessionsSuite("Redis", startRedisServer);
