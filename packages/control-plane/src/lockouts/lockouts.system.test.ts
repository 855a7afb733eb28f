import { startRedisServer } from "@sallyport/testkit";
import { lockoutsSuite } from "../testing/lockouts-suite.js";

lockoutsSuite("Redis", startRedisServer);
