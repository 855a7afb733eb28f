import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EgressProxy, SecretOf } from "@sallyport/idp-client";
import { parseStateUrl, type StateAddress } from "@sallyport/state-store";
import { pino } from "pino";
import { buildGateway, type Gateway } from "../build-gateway.js";
import { createControlPlaneClient } from "../control-plane/client.js";
import type { BundleSettings, TlsSettings } from "../env.js";
import type { TestControlPlane } from "./control-plane.js";

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly dataPort: number;
  readonly adminPort: number;
  readonly authzPort: number | null;
  readonly tlsPort: number | null;
  readonly hopeless: string[];
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly dataDir: string;
  /** Of the node's private keys; the same when left out. */
  readonly keyDir?: string;
  readonly joinToken?: string | null;
  /** Null: none. */
  readonly controlPlane?: string | null;
  readonly bundle?: BundleSettings;
  readonly drainTimeoutMs?: number;
  /** Listens for other proxies' questions too. */
  readonly authz?: boolean;
  /** The node's own TLS, on a free port; none when left out. */
  readonly tls?: Partial<TlsSettings> & Pick<TlsSettings, "certificateFolder">;
  /** The node's wall clock, ms since the epoch; the machine's when left out. */
  readonly now?: () => number;
  readonly secrets?: SecretOf;
  /** Address of the state store; none when left out. */
  readonly stateUrl?: string;
  /** By which calls to identity providers leave. */
  readonly idpProxy?: EgressProxy;
  /** Between two reports on limits. */
  readonly limitReportsMs?: number;
  /** A clock for durations that a test moves. */
  readonly monotonic?: () => number;
}

export const freshFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "sallyport-node-"));
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

function stateAddressOf(url: string): StateAddress {
  const parsed = parseStateUrl(url);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.address;
}

/** A whole node in this process, on free ports. */
export async function startGateway(plane: TestControlPlane, options: GatewayOptions): Promise<RunningGateway> {
  const hopeless: string[] = [];
  const controlPlane = options.controlPlane === undefined ? plane.url : options.controlPlane;
  const gateway = await buildGateway({
    settings: {
      controlPlane,
      bundle: options.bundle ?? null,
      joinToken: options.joinToken === undefined ? plane.joinToken() : options.joinToken,
      nodeName: "node-1",
      dataDir: options.dataDir,
      keyDir: options.keyDir ?? options.dataDir,
      keyMaxAgeMs: 30 * 86_400_000,
      host: "127.0.0.1",
      port: 0,
      tls:
        options.tls === undefined
          ? null
          : { host: "127.0.0.1", port: 0, defaultCertificate: null, reloadMs: 20, requestClientCertificate: false, ...options.tls },
      authzHost: "127.0.0.1",
      authzPort: options.authz === true ? 0 : null,
      adminHost: "127.0.0.1",
      adminPort: 0,
      stateStore: options.stateUrl === undefined ? null : stateAddressOf(options.stateUrl),
      idpProxy: options.idpProxy ?? null,
      drainTimeoutMs: options.drainTimeoutMs ?? 300,
      logLevel: "silent",
    },
    client: controlPlane === null ? null : createControlPlaneClient(controlPlane),
    logger: pino({ level: process.env.TEST_LOG ?? "silent" }),
    clock: { now: options.now ?? Date.now, monotonic: options.monotonic ?? (() => performance.now()) },
    ...(options.secrets === undefined ? {} : { secretOf: options.secrets }),
    ...(options.limitReportsMs === undefined ? {} : { limitReports: { everyMs: options.limitReportsMs } }),
    onHopeless: (sentence) => hopeless.push(sentence),
  });
  const ports = await gateway.start().catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  return { gateway, ...ports, hopeless, close: () => gateway.close() };
}

/** Looks again and again until it holds, and says what did not when time is up. */
export async function eventually<T>(what: string, look: () => T | Promise<T>, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen as NonNullable<T>;
    if (Date.now() > end) throw new Error(`in ${timeoutMs} ms it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const ready = (running: RunningGateway): Promise<boolean> => eventually("the node is ready", () => running.gateway.readiness().ready);
