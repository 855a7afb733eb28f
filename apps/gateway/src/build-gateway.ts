import { mkdir } from "node:fs/promises";
import type { SecretOf } from "@sallyport/idp-client";
import { createNodePorts } from "@sallyport/pipeline-node";
import type { Logger } from "pino";
import { createAdminServer, type Readiness } from "./admin/admin-server.js";
import { createMetrics } from "./admin/metrics.js";
import { readReadiness } from "./admin/readiness.js";
import { type BundleState, readStatus } from "./admin/status.js";
import { createAuthzServer } from "./authz/authz-server.js";
import { type OpenBundle, openBundle, strangerOf } from "./bundle/open-bundle.js";
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
import { type HeartbeatSources, readHeartbeat, reportSkew } from "./heartbeat/read-heartbeat.js";
import { createTrafficMeter } from "./heartbeat/traffic-meter.js";
import { type KeyRenewal, startKeyRenewal } from "./identity/key-renewal.js";
import { openNodeKeys } from "./identity/node-keys.js";
import { createRevokedEnd } from "./identity/revoked-end.js";
import { openLastGood } from "./last-good/last-good.js";
import { loadStorageKey } from "./last-good/storage-key.js";
import { createLimits } from "./limits/create-limits.js";
import { createLateChecks } from "./limits/late-checks.js";
import { createLimitReports } from "./limits/limit-reports.js";
import { createSlowDown } from "./limits/slow-down.js";
import { listen, naming } from "./listen.js";
import { createNodeLockouts } from "./lockouts/node-lockouts.js";
import { logSeldom } from "./logger.js";
import { openMembership } from "./membership.js";
import { observeRequests } from "./observe-requests.js";
import { createOpenPassages } from "./open/open-passages.js";
import { createProblems } from "./problems.js";
import { createProofUses } from "./proofs/proof-uses.js";
import { createProviderCalls } from "./provider-calls.js";
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
import { createUpstreamLogins } from "./upstream-logins/upstream-logins.js";
import { createUpstreams } from "./upstreams/upstreams.js";

export interface GatewayDeps {
  readonly settings: GatewaySettings;
  /** Null where the settings name no control plane. */
  readonly client: ControlPlaneClient | null;
  readonly logger: Logger;
  /** Wall clock and a clock that never goes back, ms. */
  readonly clock: { now(): number; monotonic(): number };
  /** Values of the tenants' secrets instead of those that came from the control plane; for tests. */
  readonly secretOf?: SecretOf;
  /** How often the control plane hears of limits; for tests. */
  readonly limitReports?: { readonly everyMs: number };
  /** The node can never serve; one sentence. The process should end. */
  readonly onHopeless: (sentence: string) => void;
}

export interface Gateway {
  /**
   * Listens, serves what is on disk or in its bundle, and then joins the control plane in the background.
   * @throws Error in one sentence when a port is taken, or the bundle does not prove itself
   */
  start(): Promise<{ dataPort: number; adminPort: number; authzPort: number | null; tlsPort: number | null }>;
  readiness(): Readiness;
  /** The tenants' secrets, of the revision that runs. */
  readonly secrets: SecretSource;
  /** Stops taking requests, finishes those that are there, and ends everything; bounded by the drain timeout. */
  close(): Promise<void>;
}

const SPOOLED_BATCHES = 200;
/** Whoever was within a limit for so long is no longer slowed down by it. */
const QUIET_MS = 10_000;

/** Makes a gateway node of its parts. Nothing listens or calls before `start`. */
export async function buildGateway(deps: GatewayDeps): Promise<Gateway> {
  const { settings, client, logger, clock } = deps;
  const { dataDir, keyDir } = settings;
  for (const folder of new Set([dataDir, keyDir])) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeUnfinished(folder);
  }
  const startedAt = new Date(clock.now()).toISOString();
  const problems = createProblems();
  const store = createSnapshotStore();
  const state = {
    listening: false,
    draining: false,
    closed: null as Promise<void> | null,
    sync: null as SyncLoop | null,
    heartbeat: null as Heartbeat | null,
    renewal: null as KeyRenewal | null,
    bundle: null as BundleState | null,
  };
  const stopping = new AbortController();

  const nodeKeys = await openNodeKeys({ keyDir, dataDir }, logger);
  const contentKeys = await openContentKeys({
    ...{ dataDir, logger },
    encryptionKeys: () => [nodeKeys.present.encryption, ...[nodeKeys.previous, nodeKeys.next].flatMap((pair) => pair?.encryption ?? [])],
    onWriteError(error) {
      problems.report("content-keys", "a content key cannot be written to disk: after a restart its secrets wait for the control plane");
      logger.error({ err: error }, "a content key cannot be written to disk");
    },
    onWritten: () => problems.clear("content-keys"),
  });
  const secrets = createSecretSource({ store, contentKeys, problems });
  const membership = await openMembership({
    ...{ client, keys: nodeKeys, dataDir, clock, problems, logger },
    joinToken: settings.joinToken,
    nodeName: settings.nodeName,
    async onAdopted() {
      await contentKeys.keysChanged();
      state.renewal?.look();
    },
    onHopeless(sentence) {
      if (store.current === null) return deps.onHopeless(sentence);
      // It serves what its bundle says, and that is no worse for a join token that ran out meanwhile.
      problems.report("enrolment", sentence);
      logger.error({ reason: sentence }, "the node cannot join its control plane; it goes on with what it has");
    },
  });
  const spool = await openEventSpool(dataDir, SPOOLED_BATCHES);
  const keyUses = createApiKeyUses(clock);
  const events = createEventReporter({ send: membership.sendEvents, spool, problems, logger, clock, keyUses });
  const findings = createFindingTallies({ report: events.report, clock });
  const guard = await openCrashGuard(dataDir, (error) => {
    problems.report("disk", "the crash guard cannot be written to disk");
    logger.error({ err: error }, "the crash guard cannot be written to disk");
  });

  const secretOf = deps.secretOf ?? secrets.secretOf;
  const providers = createProviderCalls({ store, clock, secretOf, proxy: settings.idpProxy, found: (finding) => findings.add(finding, null) });
  const { keys, introspection, login } = providers;
  const stateStore =
    settings.stateStore === null
      ? null
      : await openStore(settings.stateStore, logSeldom(logger, clock, "trouble with the connection to the state store"));
  const unwatch = stateStore === null ? () => undefined : watchStore(stateStore, problems);
  const time = { now: clock.monotonic };
  const limits = createLimits({ store: stateStore, clock, problems });
  const lockouts = createNodeLockouts({ store: stateStore?.lockouts ?? null, clock: time, problems });
  const internalKeys = createInternalKeys({ store, contentKeys, problems, clock });
  const sessions = createSessionSource({ store: stateStore, problems });
  const proofs = createProofUses({ store: stateStore, problems, clock });
  const reports = createLimitReports({ clock, send: membership.sendLimits, ...deps.limitReports });
  const { recorder } = reports;
  const ports = createNodePorts({
    ...{ keys, introspection, sessions, proofs, limits, lockouts, clock },
    internalTokens: internalKeys.signer,
    apiKeyUsed: keyUses.note,
    limitPressed: reports.pressed,
  });
  const meter = createTrafficMeter(clock.monotonic);
  const upstreams = createUpstreams({ store, clock, secretOf });
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
  const observer = observeRequests({ meter, metrics, events, findings, store, lockouts, recorder, logger, tokenHash: createTokenHash() });
  const endpoints = createEndpoints({ store: stateStore, login, ports });
  const open = createOpenPassages({ store, ports, clock, onEnded: observer.ended });
  const logins = createUpstreamLogins({
    lockouts,
    places: createKnownPlaces({ store: stateStore?.lockouts ?? null, clock: time }),
    slowDown: createSlowDown({ clock: time }),
  });
  const lateChecks = createLateChecks({ ports, logins, slowDown: createSlowDown({ clock: time, quietMs: QUIET_MS }), recorder });
  const data = createDataServer({ store, ports, upstreams, observer, endpoints, open, draining, lateChecks });
  const authz = settings.authzPort === null ? null : createAuthzServer({ store, ports, observer, draining });
  const secure = settings.tls === null ? null : await openSecurePlane({ settings: settings.tls, data, observer, problems, logger, clock, draining });
  const revisions = createRevisionKeeper({
    context: { store, keys, introspection, purges: createKeyPurges({ keys, introspection }), guard, clock, expectations: membership.expectations },
    ...{ store, membership, nodeKeys, contentKeys, secrets, upstreams, events, problems, logger, clock },
    lastGood: openLastGood(dataDir, await loadStorageKey(keyDir, logger)),
    heartbeat: () => state.heartbeat,
    onRevoked: createRevokedEnd({ dataDir, store, problems, logger, onHopeless: deps.onHopeless }),
  });

  const readiness = (): Readiness => readReadiness({ ...state, hasSnapshot: store.current !== null, problems });
  const readBeat = (asked: HeartbeatSources["asked"]) =>
    readHeartbeat({
      ...{ store, meter, problems, keys, introspection, upstreams, clock, startedAt, asked },
      ready: readiness().ready,
      draining: state.draining,
    });
  const status = () =>
    readStatus({ beat: readBeat(null), settings, membership, store, from: revisions.from, sync: state.sync, bundle: state.bundle });
  const admin = createAdminServer({ readiness, status, registry: metrics.registry, internalKeys });

  const takeBundle = async (bundle: OpenBundle): Promise<void> => {
    const taken = await revisions.takeBundle(bundle);
    const running = store.running?.envelope.revision;
    // Beside a control plane it is how things are: the node has gone on since.
    if (!taken && settings.controlPlane === null)
      problems.report(
        "bundle",
        `the bundle has revision ${bundle.envelope.revision}; the node goes on with revision ${running}, which it had before`,
      );
    state.bundle = { file: bundle.file, revision: bundle.envelope.revision, taken };
  };

  const joinFleet = async (): Promise<void> => {
    if (!(await membership.join(stopping.signal)) || stopping.signal.aborted) return;
    const stranger = strangerOf(store.running?.envelope, membership.expectations());
    if (stranger !== null) return deps.onHopeless(stranger);
    state.sync = revisions.startSync();
    state.renewal = startKeyRenewal({ keys: nodeKeys, membership, maxAgeMs: settings.keyMaxAgeMs, problems, logger, clock });
    state.heartbeat = startHeartbeat({
      read: readBeat,
      send: membership.beat,
      answered: (theirsMs) => reportSkew(problems, clock.now() - theirsMs),
      renewalAsked: () => state.renewal?.ask(),
    });
    reports.start();
  };

  return {
    readiness,
    secrets,
    async start() {
      const bundle = settings.bundle === null ? null : await openBundle(settings.bundle, membership);
      const adminPort = await listen(admin, { host: settings.adminHost, port: settings.adminPort, name: "SALLYPORT_ADMIN_PORT" });
      // What is on disk may be newer than the bundle.
      if (membership.identity !== null || bundle !== null) await revisions.startFromDisk();
      if (bundle !== null) await takeBundle(bundle);
      const dataPort = await listen(data.app, { host: settings.host, port: settings.port, name: "SALLYPORT_PORT" });
      const authzPort =
        authz === null ? null : await listen(authz, { host: settings.authzHost, port: settings.authzPort ?? 0, name: "SALLYPORT_AUTHZ_PORT" });
      const tlsPort =
        secure === null || settings.tls === null
          ? null
          : await naming({ ...settings.tls, name: "SALLYPORT_TLS_PORT" }, (where) => secure.listen(where));
      state.listening = true;
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
        await Promise.all([state.sync?.stop(), state.heartbeat?.stop(), state.renewal?.stop(), reports.stop()]);
        // In the order of their way: what one still counts, the next takes on.
        providers.end();
        unwatch();
        limits.close();
        await lockouts.close();
        findings.close();
        await events.close();
        await revisions.close();
        await Promise.all([providers.close(), upstreams.close(), client?.close(), admin.close(), stateStore?.close()]);
        logger.info("stopped");
      })();
      return state.closed;
    },
  };
}
