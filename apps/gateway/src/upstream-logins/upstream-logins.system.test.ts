import { startRedisServer } from "@sallyport/testkit";
import { upstreamLoginSuite } from "../testing/upstream-login-suite.js";

upstreamLoginSuite("Redis", startRedisServer);
