import type { DataClients } from "@sallyport/data";
import type { EgressProxy } from "@sallyport/idp-client";
import type { StateStore } from "@sallyport/state-store";

/** Wall clock, ms since the epoch. */
export interface Clock {
  now(): number;
}

/** Structured log; pino's own shape, so that a pino logger fits as it is. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything that the services need from outside. Made once, in a composition root. */
export interface ControlPlaneDeps {
  readonly data: DataClients;
  /** 32 bytes that wrap every secret at rest; kept outside the database (SECURITY §2). */
  readonly masterKey: Buffer;
  readonly clock: Clock;
  /** Where people and nodes reach the console, without a slash at the end. */
  readonly publicUrl: string;
  readonly log: Log;
  /** Where the nodes keep sessions; null where the console was not told. The caller closes it. */
  readonly stateStore: StateStore | null;
  /** By which the checks of identity providers leave; null for straight ones. */
  readonly idpProxy: EgressProxy | null;
  /** How often the radar asks a provider that is well, ms; 0 switches it off. Five minutes when left out. */
  readonly radarIntervalMs?: number;
}

/** Where a call comes from that has no actor yet. */
export interface Client {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
}
