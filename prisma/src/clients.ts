import { PrismaPg } from "@prisma/adapter-pg";
import type { ITXClientDenyList } from "@prisma/client/runtime/client";
import { PrismaClient } from "./generated/client.js";
import { type Listener, type ListenOptions, listen } from "./listen.js";

/** Which database role a client signs in with. Exists for the compiler only. */
declare const role: unique symbol;
/** Signs in as `sallyport_app`: sees nothing outside `withTenant`, and one tenant within. */
export type AppClient = PrismaClient & { readonly [role]: "app" };
/** Signs in as `sallyport_fleet`: sees every tenant. */
export type FleetClient = PrismaClient & { readonly [role]: "fleet" };

type InTransaction<C> = Omit<C, ITXClientDenyList>;
/** A transaction that sees one tenant; only `withTenant` begins one. */
export type TenantTransaction = InTransaction<AppClient>;
/** A transaction that sees the whole fleet; only `withFleet` begins one. */
export type FleetTransaction = InTransaction<FleetClient>;
export type DataTransaction = TenantTransaction | FleetTransaction;

export interface DataClientsOptions {
  readonly appUrl: string;
  readonly fleetUrl: string;
  /** Connections per role; 10 unless named. */
  readonly poolSize?: number;
  /** A connection that idled in the pool was lost. The pool makes a new one when it is needed. */
  readonly onConnectionLost?: (error: Error) => void;
}

export interface DataClients {
  readonly app: AppClient;
  readonly fleet: FleetClient;
  /** Listens under the fleet role, with a connection of its own that the caller closes. See `listen`. */
  listen(channel: string, onNotify: (payload: string) => void, options?: ListenOptions): Listener;
  /** Ends all connections of the pools; calls after it fail. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const TRANSACTION_TIMEOUT_MS = 20_000;

/** The clients of both roles. Nothing connects before the first query, so that a build needs no database. */
export function createDataClients({ appUrl, fleetUrl, poolSize = 10, onConnectionLost = () => {} }: DataClientsOptions): DataClients {
  const create = (url: string): PrismaClient =>
    new PrismaClient({
      adapter: new PrismaPg(
        {
          connectionString: url,
          application_name: "sallyport",
          max: poolSize,
          keepAlive: true,
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
          statement_timeout: STATEMENT_TIMEOUT_MS,
          idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
        },
        { onPoolError: onConnectionLost, onConnectionError: onConnectionLost },
      ),
      errorFormat: "minimal",
      transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: TRANSACTION_TIMEOUT_MS },
    });
  const app = create(appUrl) as AppClient;
  const fleet = create(fleetUrl) as FleetClient;
  return {
    app,
    fleet,
    listen: (channel, onNotify, options) => listen(fleetUrl, channel, onNotify, options),
    close: async () => {
      await Promise.all([app.$disconnect(), fleet.$disconnect()]);
    },
  };
}
