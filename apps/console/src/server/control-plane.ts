import "server-only";
import { setMaxListeners } from "node:events";
import { armFailpoint, type ControlPlane, createControlPlane, createDataClients, openStateStore } from "@sallyport/control-plane";
import { type ConsoleEnv, readEnv } from "@/env";
import { log } from "@/server/log";
import { warnSeldom } from "@/server/log-seldom";
import { trustedProxyList } from "@/server/peer-address";

/** What the console is made of; one per process. */
export interface Composition {
  readonly env: ConsoleEnv;
  readonly controlPlane: ControlPlane;
  /** Aborts when the process is told to end: whoever waits for something new gets an answer now. */
  readonly draining: AbortSignal;
  readonly drain: () => void;
  readonly close: () => Promise<void>;
  readonly trustedProxies: ReturnType<typeof trustedProxyList>;
}

// Pages, route handlers and the start-up hook are separate bundles of one process: they meet at this symbol.
const COMPOSITION = Symbol.for("sallyport.console.composition");
const registry = globalThis as typeof globalThis & { [COMPOSITION]?: Composition };

function compose(): Composition {
  const env = readEnv();
  armFailpoint(env.failpoint);
  const data = createDataClients({ appUrl: env.APP_DATABASE_URL, fleetUrl: env.FLEET_DATABASE_URL });
  const stateStore =
    env.SALLYPORT_STATE_URL === undefined
      ? null
      : openStateStore(env.SALLYPORT_STATE_URL, { onError: warnSeldom("trouble with the connection to the state store") });
  const services = createControlPlane({
    data,
    masterKey: env.SALLYPORT_MASTER_KEY,
    clock: { now: () => Date.now() },
    publicUrl: env.SALLYPORT_PUBLIC_URL,
    log,
    stateStore,
    idpProxy: env.SALLYPORT_IDP_PROXY ?? null,
    ...(env.SALLYPORT_RADAR_INTERVAL === undefined ? {} : { radarIntervalMs: env.SALLYPORT_RADAR_INTERVAL * 1_000 }),
  });
  const ending = new AbortController();
  // Each poll that waits listens: thousands, and no leak.
  setMaxListeners(0, ending.signal);
  const close = async (): Promise<void> => {
    await services.close();
    await stateStore?.close();
    await data.close();
  };
  return {
    env,
    controlPlane: services,
    draining: ending.signal,
    drain: () => ending.abort(),
    close,
    trustedProxies: trustedProxyList(env.SALLYPORT_TRUSTED_PROXIES),
  };
}

/** The composition root, made at the first use, so that a build needs neither environment nor database. */
export function composition(): Composition {
  registry[COMPOSITION] ??= compose();
  return registry[COMPOSITION];
}

/** The services. */
export const controlPlane = (): ControlPlane => composition().controlPlane;
