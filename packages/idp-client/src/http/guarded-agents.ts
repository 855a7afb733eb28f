import { rootCertificates } from "node:tls";
import { Agent } from "undici";
import { type GuardedConnectOptions, guardedConnector } from "./guarded-connect.js";

/** Whose certificates are believed (the fleet's `idpCertificates`). */
export interface IdpCertificates {
  /** PEM, one after the other; empty for none. */
  readonly authorities: string;
  /** The public authorities are believed too. */
  readonly trustPublic: boolean;
}

export const PUBLIC_CERTIFICATES: IdpCertificates = { authorities: "", trustPublic: true };

interface GuardedAgentsOptions extends Omit<GuardedConnectOptions, "ca"> {
  readonly certificates: IdpCertificates;
  /** Connections to one origin, and how many of them are kept when nobody needs them. */
  readonly maxSockets: number;
  readonly maxIdle: number;
}

/** Connections to identity providers: so many at most to one origin, fewer of them kept. */
export interface GuardedAgents {
  /** An agent for one call; `leave` when its answer has been read, or given up. */
  enter(origin: string): { readonly agent: Agent; readonly leave: () => void };
  /** Lets what is under way end. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/** BEHAVIOUR §3. */
const KEEP_ALIVE_MS = 60_000;
/** Of connections beyond those that are kept: long enough that a busy moment does not open one for each call. */
const BRIEFLY_MS = 1_000;
const MAX_HEAD_BYTES = 16_384;

/** Null for what Node itself trusts. */
function authoritiesOf({ authorities, trustPublic }: IdpCertificates): { ca?: readonly string[] } {
  if (authorities === "") return trustPublic ? {} : { ca: [] };
  return { ca: trustPublic ? [...rootCertificates, authorities] : [authorities] };
}

/**
 * Two pools an origin: one whose connections are kept, and one for what is more than those can carry, whose connections end soon after.
 * A pool of undici's own keeps as many as it has made.
 */
export function createGuardedAgents({ certificates, maxSockets, maxIdle, ...options }: GuardedAgentsOptions): GuardedAgents {
  const connect = guardedConnector({ ...options, ...authoritiesOf(certificates) });
  const agentOf = (connections: number, keepAliveMs: number): Agent =>
    new Agent({
      connect,
      connections,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: MAX_HEAD_BYTES,
    });
  const places = Math.min(maxIdle, maxSockets);
  const kept = agentOf(places, KEEP_ALIVE_MS);
  const brief = places < maxSockets ? agentOf(maxSockets - places, BRIEFLY_MS) : null;
  const busy = new Map<string, number>();
  return {
    enter(origin) {
      const before = busy.get(origin) ?? 0;
      if (before >= places && brief !== null) return { agent: brief, leave: () => undefined };
      busy.set(origin, before + 1);
      return {
        agent: kept,
        leave() {
          const rest = (busy.get(origin) ?? 1) - 1;
          if (rest === 0) busy.delete(origin);
          else busy.set(origin, rest);
        },
      };
    },
    async close() {
      await Promise.all([kept.close(), brief?.close()]);
    },
    async destroy() {
      await Promise.all([kept.destroy(), brief?.destroy()]);
    },
  };
}
