import "server-only";
import { setFlagsFromString } from "node:v8";
import { composition } from "@/server/control-plane";
import { endWhenTold } from "@/server/end-when-told";
import { log } from "@/server/log";
import { serveNodeCalls } from "@/server/node/serve-node-calls";
import { recordPeerAddresses } from "@/server/peer-address";

const RETRY_MS = 2_000;

/**
 * Makes sure that the installation exists, and, while it has no administrator, prints the one-time link that makes the first.
 * The token stands in the fragment: browsers send it to no server, so it is in no access log and no Referer.
 */
async function prepareInstallation(): Promise<void> {
  const { controlPlane, env } = composition();
  await controlPlane.installation.ensure();
  // Each replica looks; the database lets one of them act.
  controlPlane.rollouts.start();
  controlPlane.health.start();
  controlPlane.radar.start();
  const link = await controlPlane.people.firstAdminLink();
  if (link) process.stdout.write(`\nMake the first administrator (works once): ${env.SALLYPORT_PUBLIC_URL}/welcome#${link.token}\n\n`);
}

async function prepareUntilDone(): Promise<void> {
  for (;;) {
    try {
      return await prepareInstallation();
    } catch (error) {
      log.error({ error }, `the database is not ready; trying again in ${RETRY_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/**
 * Start-up of the process. A wrong environment ends it with one message that names every variable; a database that is
 * away does not: the console answers `/api/health` with 503 until it is back.
 */
export async function startConsole(): Promise<void> {
  // Polls of nodes wait for tens of seconds. V8 learns from that to make what belongs to a request among what lives long, and then every poll that
  // is answered at once is garbage which only a full collection finds (docs/performance.md, P10).
  setFlagsFromString("--no-allocation-site-pretenuring");
  recordPeerAddresses();
  serveNodeCalls();
  try {
    composition();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  endWhenTold(() => composition().drain());
  void prepareUntilDone();
}
