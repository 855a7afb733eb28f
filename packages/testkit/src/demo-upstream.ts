#!/usr/bin/env node
/** The echo upstream of the demo. Environment: PORT (0 for a free one), HOST (loopback unless given), NAME. */
import { portFrom, runDemoProcess } from "./demo-process.js";
import { startEchoUpstream } from "./echo-upstream.js";

await runDemoProcess(() =>
  startEchoUpstream({
    port: portFrom("PORT", 0),
    name: process.env.NAME ?? "demo upstream",
    ...(process.env.HOST ? { host: process.env.HOST } : {}),
  }),
);
