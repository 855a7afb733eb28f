import { armFailpoint, readFailpoint } from "@sallyport/failpoints";
import closeWithGrace from "close-with-grace";
import { buildGateway } from "./build-gateway.js";
import { createControlPlaneClient } from "./control-plane/client.js";
import { readEnvironment } from "./env.js";
import { keepTickShape } from "./keep-tick-shape.js";
import { createLogger } from "./logger.js";

/** Beyond the drain, for flushing and closing, ms. */
const CLOSING_MS = 5_000;

keepTickShape();
const environment = readEnvironment(process.env);
const failpoint = readFailpoint(process.env);
if (!environment.ok || !failpoint.ok) {
  const errors = [...(environment.ok ? [] : environment.errors), ...(failpoint.ok ? [] : [failpoint.error])];
  for (const sentence of errors) process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
armFailpoint(failpoint.failpoint);
const { settings } = environment;
const logger = createLogger(settings.logLevel);

const end = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

try {
  const gateway = await buildGateway({
    settings,
    client: settings.controlPlane === null ? null : createControlPlaneClient(settings.controlPlane),
    logger,
    clock: { now: Date.now, monotonic: () => performance.now() },
    onHopeless: end,
  });
  const grace = closeWithGrace({ delay: settings.drainTimeoutMs + CLOSING_MS, logger }, async ({ err }) => {
    if (err) logger.fatal({ err }, "unexpected fault");
    await gateway.close();
  });
  // Started by a parent with a channel: the node ends with it.
  if (process.send !== undefined) process.once("disconnect", () => grace.close());
  await gateway.start();
} catch (error) {
  end(error instanceof Error ? error.message : String(error));
}
