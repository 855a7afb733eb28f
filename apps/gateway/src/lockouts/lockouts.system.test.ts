import { startRedisServer } from "@sallyport/testkit";
import { lockoutFleetSuite } from "../testing/lockout-suite.js";

lockoutFleetSuite("Redis", startRedisServer);
