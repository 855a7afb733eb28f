import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createControlPlane, createDataClients, PERMISSIONS } from "@sallyport/control-plane";
import { freePort, startPostgres } from "@sallyport/data/embedded-pg";
import { ensureDatabase, ensureRoles, migrate } from "@sallyport/data/migrate";
import { API_VERSION } from "@sallyport/snapshot";
import { MEASURED_CPU, startPinned, stop } from "./pinned-process.mjs";

const PROGRAM = fileURLToPath(new URL("../../apps/console/.next/standalone/apps/console/server.js", import.meta.url));
const REVISIONS = "sallyport_revision";
const START_MS = 60_000;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Orderly at first, so that a profile is written. @param {import("node:child_process").ChildProcess} child */
async function end(child) {
  child.kill("SIGTERM");
  const gone = new Promise((resolve) => child.once("exit", resolve));
  await Promise.race([gone, pause(10_000)]);
  await stop(child);
}

/** What is missing to run the control plane itself, or null. */
export const missingConsole = () => (existsSync(PROGRAM) ? null : "the console is not built: run `npm run build` first");

const secret = () => randomBytes(24).toString("base64url");

/** Set-up of the benchmark itself: may do everything. */
const operator = () => ({
  kind: /** @type {const} */ ("system"),
  id: "bench",
  name: "Bench",
  ip: null,
  requestId: randomUUID(),
  grants: { fleet: new Set(PERMISSIONS), tenants: new Map() },
});

/** Identity providers by address on loopback: no name is looked up. */
const FLEET = { apiVersion: API_VERSION, kind: "Fleet", metadata: { name: "default" }, spec: { idpAllowedRanges: ["127.0.0.0/8"] } };

/** A tenant with an identity provider, an upstream and a route, as documents. @param {number} index @param {string} plan */
const documentsOf = (index, plan) => {
  const tenant = `t-${index}`;
  const inTenant = (/** @type {string} */ kind, /** @type {string} */ name, /** @type {unknown} */ spec) => ({
    ...{ apiVersion: API_VERSION, kind, metadata: { name, tenant } },
    spec,
  });
  return [
    { apiVersion: API_VERSION, kind: "Tenant", metadata: { name: tenant }, spec: { displayName: tenant, plan } },
    inTenant("Upstream", "main", { url: "http://127.0.0.1:9" }),
    inTenant("IdentityProvider", "main", { issuer: `http://127.0.0.1:9/${tenant}`, audiences: [`https://api.${tenant}.example`] }),
    inTenant("Route", "api", { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } }),
  ];
};

/**
 * The control plane as it is shipped, in a process of its own, on an empty PostgreSQL of its own; and, in this process, a second replica by
 * which the benchmark declares and publishes. What is published there reaches the measured process over the database, as between replicas.
 * `BENCH_CONSOLE_ARGS` goes to its Node, for example `--cpu-prof`.
 */
export async function startConsole() {
  const folder = mkdtempSync(path.join(tmpdir(), "sallyport-bench-plane-"));
  const postgres = await startPostgres({ dir: path.join(folder, "postgres") });
  const ownerUrl = postgres.url("sallyport");
  await ensureDatabase(ownerUrl);
  await migrate({ url: ownerUrl });
  const urls = await ensureRoles({ url: ownerUrl, appPassword: secret(), fleetPassword: secret() });
  const masterKey = randomBytes(32);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = createDataClients(urls);
  const log = { info: () => undefined, warn: console.error, error: console.error };
  const replica = createControlPlane({ data, masterKey, clock: { now: Date.now }, publicUrl: url, log, stateStore: null, idpProxy: null });
  await replica.installation.ensure();
  /** Commits that were notified, by revision: ns of the machine's monotonic clock. @type {Map<number, bigint>} */
  const committed = new Map();
  const listener = data.listen(REVISIONS, (payload) => committed.set(Number(payload), process.hrtime.bigint()));
  /** @type {import("node:child_process").ChildProcess | null} */
  let child = null;

  return {
    url,
    port,
    folder,
    get pid() {
      return child?.pid;
    },
    /** Resolves as soon as it answers. */
    async start() {
      const extra = (process.env.BENCH_CONSOLE_ARGS ?? "").split(" ").filter((arg) => arg !== "");
      child = startPinned({
        cpu: MEASURED_CPU,
        args: [...extra, PROGRAM],
        env: {
          APP_DATABASE_URL: urls.appUrl,
          FLEET_DATABASE_URL: urls.fleetUrl,
          SALLYPORT_MASTER_KEY: masterKey.toString("base64"),
          SALLYPORT_PUBLIC_URL: url,
          // The tenants' identity providers are not there: ten thousand that never answer are nobody's fleet.
          SALLYPORT_RADAR_INTERVAL: "0",
          PORT: String(port),
          HOSTNAME: "127.0.0.1",
        },
      });
      const end = performance.now() + START_MS;
      while (
        !(await fetch(`${url}/api/health`).then(
          ({ ok }) => ok,
          () => false,
        ))
      ) {
        if (child.exitCode !== null || performance.now() > end) throw new Error("the console did not start");
        await pause(20);
      }
    },
    /** As by `kill -9`. */
    async kill() {
      if (child !== null) await stop(child);
    },
    /** @param {{ from: number, to: number, plan?: string }} range of tenants */
    async declare({ from, to, plan = "standard" }) {
      // The fleet's is unchanged after the first time.
      const documents = [FLEET, ...Array.from({ length: to - from }, (_, offset) => documentsOf(from + offset, plan)).flat()];
      await replica.config.apply(operator(), { documents });
    },
    async joinToken() {
      return (await replica.joinTokens.create(operator(), { group: "default", label: "simulated", kind: "reusable" })).token;
    },
    /** Publishes what was declared. @returns {Promise<{ revision: number, committedAt: bigint }>} the earliest that this process heard of the commit */
    async publish() {
      const { base } = await replica.draft.summary(operator());
      const { revision } = await replica.draft.publish(operator(), { comment: "bench", base });
      return { revision, committedAt: committed.get(revision) ?? process.hrtime.bigint() };
    },
    /** How many nodes the revision was for, and how many have it. @param {number} number */
    revision: (number) => replica.revisions.get(operator(), number),
    async close() {
      if (child !== null) await end(child);
      await listener.close();
      await replica.close();
      await data.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startConsole>>} RunningConsole */
