import { mkdir } from "node:fs/promises";
import { createDocumentStore, createIdpHttp, createIntrospector, createKeySource, createLoginClient, type SecretOf } from "@sallyport/idp-client";
import type { SecurityFinding } from "@sallyport/pipeline";
import { createNodePorts, importKeySet } from "@sallyport/pipeline-node";
import { fleetSpec } from "@sallyport/snapshot";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createAdminServer, type Readiness } from "./admin/admin-server.js";
import { createMetrics } from "./admin/metrics.js";
import { createAuthzServer } from "./authz/authz-server.js";
import type { ControlPlaneClient } from "./control-plane/client.js";
import { drain } from "./drain.js";
import type { GatewaySettings } from "./env.js";
import { createApiKeyUses } from "./events/api-key-uses.js";
import { createFindingTallies } from "./events/finding-tallies.js";
import { createEventReporter } from "./events/reporter.js";
import { openEventSpool } from "./events/spool.js";
import { createTokenHash } from "./events/token-hash.js";
import { removeUnfinished } from "./files/write-atomically.js";
import { type Heartbeat, startHeartbeat } from "./heartbeat/heartbeat.js";
import { readHeartbeat, reportSkew } from "./heartbeat/read-heartbeat.js";
import { createTrafficMeter } from "./heartbeat/traffic-meter.js";
import { loadEncryptionKey } from "./identity/encryption-key.js";
import { loadNodeKey } from "./identity/node-key.js";
import { createLimits } from "./limits/create-limits.js";
import { createNodeLockouts } from "./lockouts/node-lockouts.js";
import { openMembership } from "./membership.js";
import { observeRequests } from "./observe-requests.js";
import { createOpenPassages } from "./open/open-passages.js";
import { createProblems } from "./problems.js";
import { createProofUses } from "./proofs/proof-uses.js";
import { createRevisionKeeper } from "./running-revision.js";
import { openContentKeys } from "./secrets/content-keys.js";
import { createInternalKeys } from "./secrets/internal-keys.js";
import { createSecretSource, type SecretSource } from "./secrets/secret-source.js";
import { createDataServer } from "./server/data-server.js";
import { openStore } from "./sessions/open-store.js";
import { createEndpoints } from "./sessions/serve-endpoint.js";
import { createSessionSource } from "./sessions/session-source.js";
import { watchStore } from "./sessions/watch-store.js";
import { createSnapshotStore } from "./store.js";
import { openCrashGuard } from "./sync/crash-guard.js";
import { createKeyPurges } from "./sync/key-purges.js";
import type { SyncLoop } from "./sync/sync-loop.js";
import { openSecurePlane } from "./tls/secure-plane.js";
import { createKnownPlaces } from "./upstream-logins/known-places.js";
import { createSlowDown } from "./upstream-logins/slow-down.js";
import { createUpstreamLogins } from "./upstream-logins/upstream-logins.js";
import { createUpstreams } from "./upstreams/upstreams.js";

export interface GatewayDeps {
  readonly settings: GatewaySettings;
  readonly client: ControlPlaneClient;
  readonly logger: Logger;
  /** Wall clock and a clock that never goes back, ms. */
  readonly clock: { now(): number; monotonic(): number };
  /** Values of the tenants' secrets instead of those that came from the control plane; for tests. */
  readonly secretOf?: SecretOf;
  /** The node can never serve; one sentence. The process should end. */
  readonly onHopeless: (sentence: string) => void;
}

export interface Gateway {
  /** Listens, serves what is on disk, and then joins the control plane in the background. @throws Error in one sentence when a port is taken */
  start(): Promise<{ dataPort: number; adminPort: number; authzPort: number | null; tlsPort: number | null }>;
  readiness(): Readiness;
  /** The tenants' secrets, of the revision that runs. */
  readonly secrets: SecretSource;
  /** Stops taking requests, finishes those that are there, and ends everything; bounded by the drain timeout. */
  close(): Promise<void>;
}

const SPOOLED_BATCHES = 200;
/** Questions about tokens, and sign-ins, stand in the way of requests: they have connections of their own, and never wait behind keys. With theirs, 20 and 5: 100 to a host, 20 of them kept (BEHAVIOUR §3). */
const ASKING = { maxConcurrent: 256, maxConcurrentPerTenant: 64, maxSocketsPerHost: 80, maxIdlePerHost: 15 };

/** Makes a gateway node of its parts. Nothing listens or calls before `start`. */
export async function buildGateway(deps: GatewayDeps): Promise<Gateway> {
  const { settings, client, logger, clock } = deps;
  const { dataDir } = settings;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await removeUnfinished(dataDir);
  const startedAt = new Date(clock.now()).toISOString();
  const problems = createProblems();
  const store = createSnapshotStore();
  const state = { draining: false, closed: null as Promise<void> | null, sync: null as SyncLoop | null, heartbeat: null as Heartbeat | null };
  const stopping = new AbortController();

  const key = await loadNodeKey(dataDir);
  const encryptionKey = await loadEncryptionKey(dataDir, key, logger);
  const contentKeys = await openContentKeys({
    ...{ dataDir, key: encryptionKey, logger },
    onWriteError(error) {
      problems.report("content-keys", "a content key cannot be written to disk: after a restart its secrets wait for the control plane");
      logger.error({ err: error }, "a content key cannot be written to disk");
    },
    onWritten: () => problems.clear("content-keys"),
  });
  const secrets = createSecretSource({ store, contentKeys, problems });
  const membership = await openMembership({
    ...{ client, key, encryptionKey, dataDir, clock, problems, logger },
    joinToken: settings.joinToken,
    nodeName: settings.nodeName,
    onHopeless: deps.onHopeless,
  });
  const spool = await openEventSpool(dataDir, SPOOLED_BATCHES);
  const keyUses = createApiKeyUses(clock);
  const events = createEventReporter({ send: membership.sendEvents, spool, problems, logger, clock, keyUses });
  const findings = createFindingTallies({ report: events.report, clock });
  const guard = await openCrashGuard(dataDir, (error) => {
    problems.report("disk", "the crash guard cannot be written to disk");
    logger.error({ err: error }, "the crash guard cannot be written to disk");
  });

  const defaults = fleetSpec.parse({});
  const fleetSettings = () => store.current?.settings ?? defaults;
  const allowedRanges = () => fleetSettings().idpAllowedRanges;
  const calling = { allowedRanges, certificates: () => fleetSettings().idpCertificates, proxy: settings.idpProxy };
  const idpHttp = createIdpHttp(calling);
  const askingHttp = createIdpHttp({ ...calling, ...ASKING });
  const idpOptions = { clock, onEvent: (finding: SecurityFinding) => findings.add(finding, null) };
  const documents = createDocumentStore({ http: idpHttp, importKeys: importKeySet, clock, settings: () => fleetSettings().jwks });
  const keys = createKeySource({ ...idpOptions, documents, http: idpHttp, importKeys: importKeySet, settings: () => fleetSettings().jwks });
  const introspection = createIntrospector({
    ...{ ...idpOptions, documents, http: askingHttp, settings: fleetSettings },
    secrets: deps.secretOf ?? secrets.secretOf,
  });
  const login = createLoginClient({
    ...{ documents, clock, http: askingHttp, settings: () => fleetSettings().jwks },
    secrets: deps.secretOf ?? secrets.secretOf,
  });
  const stateStore =
    settings.stateStore === null
      ? null
      : await openStore(settings.stateStore, logSeldom(logger, clock, "trouble with the connection to the state store"));
  const unwatch = stateStore === null ? () => undefined : watchStore(stateStore, problems);
  const limits = createLimits({ store: stateStore, clock, problems });
  const lockouts = createNodeLockouts({ store: stateStore?.lockouts ?? null, clock: { now: clock.monotonic }, problems });
  const internalKeys = createInternalKeys({ store, contentKeys, problems, clock });
  const sessions = createSessionSource({ store: stateStore, problems });
  const proofs = createProofUses({ store: stateStore, problems, clock });
  const ports = createNodePorts({
    ...{ keys, introspection, sessions, proofs, limits, lockouts, clock },
    internalTokens: internalKeys.signer,
    apiKeyUsed: keyUses.note,
  });
  const meter = createTrafficMeter(clock.monotonic);
  const upstreams = createUpstreams({ store, clock, secretOf: deps.secretOf ?? secrets.secretOf });
  const metrics = createMetrics({
    store,
    clock,
    controlPlaneUp: () => state.sync?.connected ?? false,
    jwksStates: keys.states,
    introspection,
    upstreams,
    eventsDropped: () => events.droppedTotal,
    upgradesOpen: () => data.upgrades.open,
    tls: () => secure?.state() ?? null,
    passagesOpen: () => open.size,
    limits: limits.state,
    lockedOut: () => lockouts.size,
    proofsKnown: () => proofs.size,
  });
  const draining = () => state.draining;
  const observer = observeRequests({ meter, metrics, events, findings, store, lockouts, logger, tokenHash: createTokenHash() });
  const endpoints = createEndpoints({ store: stateStore, login, ports });
  const open = createOpenPassages({ store, ports, clock, onEnded: observer.ended });
  const logins = createUpstreamLogins({
    lockouts,
    places: createKnownPlaces({ store: stateStore?.lockouts ?? null, clock: { now: clock.monotonic } }),
    slowDown: createSlowDown(),
  });
  const data = createDataServer({ store, ports, upstreams, observer, endpoints, open, draining, logins });
  const authz = settings.authzPort === null ? null : createAuthzServer({ store, ports, observer, draining });
  const secure = settings.tls === null ? null : await openSecurePlane({ settings: settings.tls, data, observer, problems, logger, clock, draining });
  const revisions = createRevisionKeeper({
    context: { store, keys, introspection, purges: createKeyPurges({ keys, introspection }), guard, clock, expectations: membership.expectations },
    ...{ store, membership, encryptionKey, contentKeys, secrets, upstreams, events, problems, logger, clock, dataDir },
    heartbeat: () => state.heartbeat,
  });

  const readiness = (): Readiness => {
    const reasons: string[] = [];
    if (state.draining) reasons.push("the node is draining");
    if (store.current === null) reasons.push("the node has no valid snapshot yet", ...problems.list());
    return { ready: reasons.length === 0, reasons };
  };
  const admin = createAdminServer({ readiness, registry: metrics.registry, internalKeys });

  const joinFleet = async (): Promise<void> => {
    if (!(await membership.join(stopping.signal)) || stopping.signal.aborted) return;
    state.sync = revisions.startSync();
    state.heartbeat = startHeartbeat({
      read: () =>
        readHeartbeat({
          store,
          meter,
          problems,
          keys,
          introspection,
          upstreams,
          clock,
          startedAt,
          ready: readiness().ready,
          draining: state.draining,
        }),
      send: membership.beat,
      answered: (theirsMs) => reportSkew(problems, clock.now() - theirsMs),
    });
  };

  return {
    readiness,
    secrets,
    async start() {
      const adminPort = await listen(admin, { host: settings.adminHost, port: settings.adminPort, name: "SALLYPORT_ADMIN_PORT" });
      if (membership.identity !== null) await revisions.startFromDisk();
      const dataPort = await listen(data.app, { host: settings.host, port: settings.port, name: "SALLYPORT_PORT" });
      const authzPort =
        authz === null ? null : await listen(authz, { host: settings.authzHost, port: settings.authzPort ?? 0, name: "SALLYPORT_AUTHZ_PORT" });
      const tlsPort =
        secure === null || settings.tls === null
          ? null
          : await naming({ ...settings.tls, name: "SALLYPORT_TLS_PORT" }, (where) => secure.listen(where));
      logger.info({ dataPort, adminPort, authzPort, tlsPort, ready: readiness().ready }, "the gateway listens");
      joinFleet().catch((error: unknown) => deps.onHopeless(error instanceof Error ? error.message : String(error)));
      return { dataPort, adminPort, authzPort, tlsPort };
    },
    close() {
      state.closed ??= (async () => {
        logger.info("draining");
        state.draining = true;
        state.heartbeat?.nudge();
        await drain(data, secure, settings.drainTimeoutMs);
        open.close();
        await authz?.close();
        stopping.abort();
        await Promise.all([state.sync?.stop(), state.heartbeat?.stop()]);
        // In the order of their way: what one still counts, the next takes on.
        keys.close();
        introspection.close();
        unwatch();
        limits.close();
        lockouts.close();
        findings.close();
        await events.close();
        await revisions.close();
        await Promise.all([idpHttp.close(), askingHttp.close(), upstreams.close(), client.close(), admin.close(), stateStore?.close()]);
        logger.info("stopped");
      })();
      return state.closed;
    },
  };
}

/** Of trouble that comes back with each attempt to connect, one line in this time. */
const SELDOM_MS = 30_000;

/** The message alone: what a driver hangs on its errors is whole connections. */
function logSeldom(logger: Logger, clock: { monotonic(): number }, sentence: string): (error: Error) => void {
  let next = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    const now = clock.monotonic();
    if (now < next) return;
    next = now + SELDOM_MS;
    logger.warn({ reason: message }, sentence);
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
  /** Of the setting that says so. */
  readonly name: string;
}

async function listen(app: FastifyInstance, where: Place): Promise<number> {
  await naming(where, ({ host, port }) => app.listen({ host, port }));
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : where.port;
}

/** What cannot listen says which setting to change. */
async function naming<T>(where: Place, listening: (where: Place) => Promise<T>): Promise<T> {
  try {
    return await listening(where);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")) {
      const reason = error.code === "EADDRINUSE" ? "is taken: stop what listens there" : "may not be used by this user";
      throw new Error(`Port ${where.port} on ${where.host} ${reason}, or set ${where.name} to another port.`);
    }
    throw error;
  }
}
