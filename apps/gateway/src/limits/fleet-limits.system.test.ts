import { startRedisServer } from "@sallyport/testkit";
import { fleetLimitsSuite } from "../testing/fleet-limits-suite.js";

fleetLimitsSuite("Redis", startRedisServer);
