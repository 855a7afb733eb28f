// npm start: from a fresh clone to a running system. Nothing but node: builtins until the packages are installed.
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requireFreePorts, requireNode, Stop } from "./lib/preflight.mjs";
import { build, createSteps, installPackages, report, seconds } from "./lib/steps.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const HELP = `npm start                start everything on this machine, with the demo
npm start -- --no-demo   start empty
Ports: CONSOLE_PORT 3000, GATEWAY_PORT 8081 (and the next), GATEWAY_ADMIN_PORT 9081 (and the next),
DEMO_PROVIDER_PORT 4101 (and the next), DEMO_UPSTREAM_PORT 4110. DATABASE_URL uses your own PostgreSQL.
SALLYPORT_DATA keeps the data somewhere else than .data.`;

const number = (name, fallback) => {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1 || value > 65_534)
    throw new Stop(`${name} must be a port from 1 to 65534; it is “${process.env[name]}”.`);
  return value;
};

function readPorts(demo) {
  const gateway = number("GATEWAY_PORT", 8081);
  const admin = number("GATEWAY_ADMIN_PORT", 9081);
  const provider = number("DEMO_PROVIDER_PORT", 4101);
  const wanted = {
    console: { port: number("CONSOLE_PORT", 3000), variable: "CONSOLE_PORT" },
    gateway1: { port: gateway, variable: "GATEWAY_PORT" },
    gateway2: { port: gateway + 1, variable: "GATEWAY_PORT" },
    admin1: { port: admin, variable: "GATEWAY_ADMIN_PORT" },
    admin2: { port: admin + 1, variable: "GATEWAY_ADMIN_PORT" },
  };
  if (demo) {
    wanted.acme = { port: provider, variable: "DEMO_PROVIDER_PORT" };
    wanted.globex = { port: provider + 1, variable: "DEMO_PROVIDER_PORT" };
    wanted.upstream = { port: number("DEMO_UPSTREAM_PORT", 4110), variable: "DEMO_UPSTREAM_PORT" };
  }
  return wanted;
}

async function timed(name, work) {
  const started = performance.now();
  const result = await work();
  report(name, seconds(started));
  return result;
}

function printReady({ ports, demo, tenants, client, link, started }) {
  const console_ = `http://localhost:${ports.console}`;
  const gateway = `http://127.0.0.1:${ports.gateway1}`;
  console.log(`
Ready in ${seconds(started)}

  console    ${console_}
  gateways   ${gateway}  http://127.0.0.1:${ports.gateway2}
  metrics    http://127.0.0.1:${ports.admin1}/metrics  http://127.0.0.1:${ports.admin2}/metrics

${link ? `  Sign in: open this link once to make the first administrator\n  ${link}` : `  Sign in at ${console_}/sign-in with the account that you made`}`);
  if (!demo) {
    console.log("\n  Nothing is configured yet: the gateways refuse everything until you publish a first revision.");
  } else {
    const token = ({ slug, audience }) =>
      `$(curl -s -u ${client.id}:${client.secret} -d grant_type=client_credentials -d resource=${audience} -d scope=read http://127.0.0.1:${ports[slug]}/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
    const call = `curl -s ${gateway}/tenants/acme/v1/payments`;
    console.log(`
  A token of acme passes (200), and the upstream sees who calls:
    ${call} -H "Authorization: Bearer ${token(tenants[0])}"
  No token is refused (401 missing_token):
    ${call}
  A token of globex is refused at acme (403 tenant_mismatch), and the console shows an alert:
    ${call} -H "Authorization: Bearer ${token(tenants[1])}"`);
  }
  console.log("\n  Ctrl-C stops everything; the data stays.");
}

async function main() {
  const started = performance.now();
  const { values } = parseArgs({ options: { "no-demo": { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) return console.log(HELP);
  requireNode();
  const demo = !values["no-demo"];
  const dataDir = path.resolve(root, process.env.SALLYPORT_DATA ?? (demo ? ".data" : ".data-empty"));
  const wanted = readPorts(demo);
  await requireFreePorts(wanted);
  const ports = Object.fromEntries(Object.entries(wanted).map(([name, { port }]) => [name, port]));
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  console.log("Starting Sallyport\n");
  const step = createSteps(root, path.join(root, ".data", "build"));
  await installPackages(root, step);
  const { createStack, startDatabase, DEMO_TENANTS, DEMO_CLIENT } = await import("./lib/stack.mjs");

  let stack = null;
  let database = null;
  let link = null;
  let ending = null;
  const end = (code) => {
    ending ??= (async () => {
      if (stack) await stack.stop();
      else await database?.server?.stop();
      process.exit(code);
    })();
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));

  try {
    [database] = await Promise.all([
      timed("database", () => startDatabase({ root, dataDir, databaseUrl: process.env.DATABASE_URL, log: (line) => report("database", line) })),
      build(root, step),
    ]);
    stack = createStack({
      root,
      dataDir,
      ports,
      demo,
      restart: true,
      database,
      log: (line) => console.log(`  ${line}`),
      onFirstAdminLink: (found) => (link = found),
    });
    const startNodes = async () => {
      if (demo) await timed("identity providers, upstream", () => stack.startProviders());
      await timed(demo ? "demo data" : "installation", () => stack.seed());
      await timed("gateways", () => stack.startGateways());
    };
    await Promise.all([timed("console", () => stack.startConsole()), startNodes()]);
    if (demo) {
      await timed("nodes ready", () => stack.nodesReady());
      await timed("demo history", () => stack.seedHistory());
    }
    printReady({ ports, demo, tenants: DEMO_TENANTS, client: DEMO_CLIENT, link, started });
    process.send?.("ready");
    if (process.env.EXIT_WHEN_READY) await end(0);
  } catch (error) {
    if (ending) return;
    console.error(`\n${error instanceof Stop ? error.message : (error.stack ?? error)}`);
    if (existsSync(path.join(dataDir, "logs"))) console.error(`Logs are in ${path.relative(process.cwd(), path.join(dataDir, "logs")) || "."}.`);
    await end(1);
  }
}

main().catch((error) => {
  console.error(error instanceof Stop ? error.message : error);
  process.exit(1);
});
