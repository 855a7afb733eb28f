// The whole of Sallyport on one machine: database, console, nodes and, for the demo, identity providers and an upstream.
// `npm start` runs it for people, the browser tests run it for themselves. Needs the packages installed and built.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createService, waitUntilHealthy } from "./services.mjs";
import { run, toolEnvironment } from "./steps.mjs";

export const DEMO_TENANTS = [
  { slug: "acme", audience: "https://api.acme.example", algorithm: "RS256" },
  { slug: "globex", audience: "https://pay.globex.example", algorithm: "ES256" },
];
export const DEMO_CLIENT = { id: "demo", secret: "demo-secret-for-loopback-only" };

/** Secrets of this installation: made once, kept in a file that only the owner reads. */
function secretsIn(dataDir) {
  const file = path.join(dataDir, "secrets.json");
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const secrets = {
    masterKey: randomBytes(32).toString("base64"),
    appPassword: randomBytes(24).toString("base64url"),
    fleetPassword: randomBytes(24).toString("base64url"),
    statePassword: randomBytes(24).toString("base64url"),
    ...kept,
  };
  if (Object.keys(secrets).length === Object.keys(kept).length) return secrets;
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

const load = (root, file) => import(pathToFileURL(path.join(root, file)).href);

/**
 * Starts the database unless one is given, migrates it, and gives the URLs of its two roles. The server that is started here keeps
 * sessions too, in a database of its own; beside a given one that is for SALLYPORT_STATE_URL to say.
 * @param {{ root: string, dataDir: string, databaseUrl?: string | undefined, settings?: Record<string, string>, log: (line: string) => void }} options
 *   `settings` of the server that is started here
 */
export async function startDatabase({ root, dataDir, databaseUrl, settings = {}, log }) {
  const { startPostgres } = await load(root, "prisma/tools/embedded-pg.mjs");
  const { migrate, ensureRoles, ensureDatabase, ensureStateDatabase } = await load(root, "prisma/tools/migrate.mjs");
  const secrets = secretsIn(dataDir);
  const server = databaseUrl ? null : await startPostgres({ dir: path.join(dataDir, "postgres"), settings, log });
  const ownerUrl = databaseUrl ?? server.url("sallyport");
  if (server) await ensureDatabase(ownerUrl);
  const applied = await migrate({ url: ownerUrl, dir: path.join(root, "prisma/migrations"), log });
  const urls = await ensureRoles({ url: ownerUrl, appPassword: secrets.appPassword, fleetPassword: secrets.fleetPassword });
  const stateUrl = server ? await ensureStateDatabase({ url: ownerUrl, password: secrets.statePassword }) : process.env.SALLYPORT_STATE_URL;
  return { server, ownerUrl, ...urls, stateUrl, masterKey: secrets.masterKey, applied };
}

const loopback = (port) => `http://127.0.0.1:${port}`;

function serviceIn({ root, dataDir, restart, log }) {
  const logDir = path.join(dataDir, "logs");
  mkdirSync(logDir, { recursive: true });
  return (options) => createService({ root, logDir, restart, log, ...options });
}

/**
 * What runs beside Sallyport in the demo: an identity provider for each of its tenants, and the upstream behind the gateways.
 * @param {{ root: string, dataDir: string, ports: Record<string, number>, restart: boolean, log: (line: string) => void }} options
 *   `ports` of acme, globex and upstream
 */
export function createSurroundings({ root, dataDir, ports, restart, log }) {
  const service = serviceIn({ root, dataDir, restart, log });
  const providers = DEMO_TENANTS.map(({ slug, audience, algorithm }) =>
    service({
      name: `provider ${slug}`,
      watchesParent: true,
      file: path.join(root, "packages/testkit/dist/demo-provider.js"),
      env: {
        PORT: String(ports[slug]),
        TENANT: slug,
        AUDIENCE: audience,
        ALG: algorithm,
        CLIENT_ID: DEMO_CLIENT.id,
        CLIENT_SECRET: DEMO_CLIENT.secret,
        DATA_DIR: path.join(dataDir, "providers", slug),
      },
      health: `${loopback(ports[slug])}/.well-known/openid-configuration`,
    }),
  );
  const upstream = service({
    name: "upstream",
    watchesParent: true,
    file: path.join(root, "packages/testkit/dist/demo-upstream.js"),
    env: { PORT: String(ports.upstream) },
    health: `${loopback(ports.upstream)}/health`,
  });
  const parts = [...providers, upstream];
  return {
    start: () => Promise.all(parts.map((part) => part.start())),
    stop: () => Promise.all(parts.map((part) => part.stop())),
  };
}

/**
 * @param {object} options
 * @param {string} options.root of the checkout
 * @param {string} options.dataDir everything that survives a restart
 * @param {Awaited<ReturnType<typeof startDatabase>>} options.database
 * @param {(line: string) => void} options.log
 * @param {(link: string) => void} [options.onFirstAdminLink] the console printed the first administrator's link
 * @param {Record<string, number>} options.ports console, gateway1, gateway2, admin1, admin2, and for the demo acme, globex, upstream
 * @param {boolean} options.demo seed the demo
 * @param {boolean} [options.withProviders] run the demo's identity providers and upstream; as `demo` unless said
 * @param {boolean} [options.prepared] `dataDir` holds all that `seed` and `seedHistory` would make: neither looks
 * @param {boolean} options.restart start a part again that dies
 * @returns handles of every part; `stop()` ends them in the order of their dependence
 */
export function createStack({ root, dataDir, ports, demo, withProviders = demo, prepared = false, restart, database, log, onFirstAdminLink }) {
  const service = serviceIn({ root, dataDir, restart, log });
  const controlPlaneEnv = {
    APP_DATABASE_URL: database.appUrl,
    FLEET_DATABASE_URL: database.fleetUrl,
    SALLYPORT_MASTER_KEY: database.masterKey,
    SALLYPORT_PUBLIC_URL: `http://localhost:${ports.console}`,
  };

  const surroundings = withProviders ? createSurroundings({ root, dataDir, ports, restart, log }) : null;
  const console_ = service({
    name: "console",
    file: path.join(root, "apps/console/.next/standalone/apps/console/server.js"),
    env: {
      ...controlPlaneEnv,
      ...(database.stateUrl ? { SALLYPORT_STATE_URL: database.stateUrl } : {}),
      ...{ PORT: String(ports.console), HOSTNAME: "127.0.0.1" },
    },
    health: `${loopback(ports.console)}/api/health`,
    onLine: (line) => {
      const link = /first administrator\D*?(https?:\/\/\S+)/i.exec(line)?.[1];
      if (link) onFirstAdminLink?.(link);
    },
  });
  const gateway = (number, more = {}) =>
    service({
      name: `gateway ${number}`,
      watchesParent: true,
      file: path.join(root, "apps/gateway/dist/sallyport-gateway.mjs"),
      env: {
        SALLYPORT_CONTROL_PLANE: loopback(ports.console),
        SALLYPORT_NODE_NAME: `gateway-${number}`,
        SALLYPORT_DATA_DIR: path.join(dataDir, `gateway-${number}`),
        SALLYPORT_HOST: "127.0.0.1",
        SALLYPORT_PORT: String(ports[`gateway${number}`]),
        SALLYPORT_ADMIN_HOST: "127.0.0.1",
        SALLYPORT_ADMIN_PORT: String(ports[`admin${number}`]),
        ...(database.stateUrl ? { SALLYPORT_STATE_URL: database.stateUrl } : {}),
        ...more,
      },
      health: `${loopback(ports[`admin${number}`])}/health/live`,
    });

  /** `nodes` makes the installation, the demo's configuration and a join token for each named node; `history` the demo's past. */
  async function bootstrap(phase, nodes = []) {
    const output = await run("seed", process.execPath, [path.join(root, "packages/control-plane/dist/bootstrap/main.js"), phase], {
      env: {
        ...toolEnvironment(root),
        ...controlPlaneEnv,
        BOOTSTRAP_NODES: nodes.join(","),
        ...(demo
          ? {
              BOOTSTRAP_DEMO: JSON.stringify({
                upstream: loopback(ports.upstream),
                providers: DEMO_TENANTS.map(({ slug, audience }) => ({ tenant: slug, issuer: loopback(ports[slug]), audience })),
              }),
            }
          : {}),
      },
    });
    return JSON.parse(output.trim().split("\n").at(-1));
  }

  const gateways = [];
  let historyTold = false;
  return {
    controlPlaneEnv,
    console: console_,
    gateways,
    startProviders: () => surroundings?.start(),
    async seed() {
      const missing = [1, 2].filter((number) => !existsSync(path.join(dataDir, `gateway-${number}`, "identity.json")));
      const names = missing.map((number) => `gateway-${number}`);
      const { joinTokens, historyTold: told } = prepared ? { joinTokens: {}, historyTold: true } : await bootstrap("nodes", names);
      historyTold = told;
      for (const number of [1, 2]) {
        const token = joinTokens[`gateway-${number}`];
        gateways.push(gateway(number, token ? { SALLYPORT_JOIN_TOKEN: token } : {}));
      }
    },
    startConsole: () => console_.start(),
    startGateways: () => Promise.all(gateways.map((part) => part.start())),
    /** Both nodes have enrolled and run a revision; comes only when one has been published. */
    nodesReady: () => Promise.all([1, 2].map((number) => waitUntilHealthy(`gateway ${number}`, `${loopback(ports[`admin${number}`])}/health/ready`))),
    /** Ends a gateway and starts it anew on its own disk, for tests; it may be told other things than before. */
    async restartGateway(number, environment = {}) {
      await gateways[number - 1].stop();
      gateways[number - 1] = gateway(number, environment);
      await gateways[number - 1].start();
    },
    /** Once the nodes are ready; does nothing the second time. */
    seedHistory: async () => {
      if (demo && !historyTold) await bootstrap("history");
      historyTold = true;
    },
    /** Gateways first, so that their last events still reach the console; the database last. */
    async stop() {
      await Promise.all(gateways.map((part) => part.stop()));
      await Promise.all([console_.stop(), surroundings?.stop()]);
      await database.server?.stop();
    },
  };
}
