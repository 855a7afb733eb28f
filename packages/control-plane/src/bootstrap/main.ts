/**
 * Sets an installation up from outside the console: `npm start` and the compose demo run it. One line of JSON on stdout.
 *
 * `main.js nodes` makes the installation, seeds the demo's configuration where BOOTSTRAP_DEMO holds its surroundings, and makes a
 * one-off join token for each name in BOOTSTRAP_NODES. `main.js history` adds the demo's past once the nodes have enrolled.
 * Environment: APP_DATABASE_URL, FLEET_DATABASE_URL, SALLYPORT_MASTER_KEY, SALLYPORT_PUBLIC_URL.
 */
import { createDataClients } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { grantsOf } from "../access/grants.js";
import { createControlPlane } from "../control-plane.js";
import { isDemoHistoryTold, seedDemoConfiguration, seedDemoHistory } from "../demo/index.js";
import type { ControlPlaneDeps } from "../deps.js";
import { DEFAULT_GROUP } from "../installation/installation.js";

const surroundings = z.strictObject({
  upstream: z.url(),
  providers: z.array(z.strictObject({ tenant: z.string(), issuer: z.url(), audience: z.string() })),
  providerRanges: z.array(z.string()).exactOptional(),
});

const environment = z.object({
  APP_DATABASE_URL: z.string(),
  FLEET_DATABASE_URL: z.string(),
  SALLYPORT_MASTER_KEY: z.base64().transform((key) => Buffer.from(key, "base64")),
  SALLYPORT_PUBLIC_URL: z.url(),
  BOOTSTRAP_NODES: z
    .string()
    .default("")
    .transform((names) => names.split(",").filter((name) => name !== "")),
  BOOTSTRAP_DEMO: z
    .string()
    .transform((json) => surroundings.parse(JSON.parse(json)))
    .optional(),
});

const system = (): Actor => ({
  kind: "system",
  id: "bootstrap",
  name: "Set-up",
  ip: null,
  requestId: uuidv7(),
  grants: grantsOf([{ role: "platform_admin", tenantId: null }]),
});

const env = environment.parse(process.env);
const data = createDataClients({ appUrl: env.APP_DATABASE_URL, fleetUrl: env.FLEET_DATABASE_URL });
const say = (fields: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const deps: ControlPlaneDeps = {
  data,
  masterKey: env.SALLYPORT_MASTER_KEY,
  clock: { now: Date.now },
  publicUrl: env.SALLYPORT_PUBLIC_URL,
  log: { info: () => {}, warn: say, error: say },
  stateStore: null,
  idpProxy: null,
};
const controlPlane = createControlPlane(deps);

async function prepareNodes() {
  await controlPlane.installation.ensure();
  const seeded = env.BOOTSTRAP_DEMO === undefined ? false : await seedDemoConfiguration(deps, env.BOOTSTRAP_DEMO);
  const joinTokens: Record<string, string> = {};
  for (const name of env.BOOTSTRAP_NODES) {
    const { token } = await controlPlane.joinTokens.create(system(), { group: DEFAULT_GROUP, label: name, kind: "one_off", expiresInMinutes: 15 });
    joinTokens[name] = token;
  }
  return { seeded, joinTokens, historyTold: env.BOOTSTRAP_DEMO === undefined ? false : await isDemoHistoryTold(deps) };
}

try {
  const history = process.argv[2] === "history";
  const result = history
    ? { seeded: env.BOOTSTRAP_DEMO === undefined ? false : await seedDemoHistory(deps, env.BOOTSTRAP_DEMO) }
    : await prepareNodes();
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await controlPlane.close();
  await data.close();
}
