import { sessionIdOf } from "@sallyport/pipeline";
import { digest } from "@sallyport/pipeline-node";
import type { StoredSession } from "@sallyport/state-store";

/** A living session of somebody at a tenant, as lists show it: neither the cookie's value nor the digest that the store keeps. */
export interface TenantSessionRow {
  /** What upstreams get as `X-Session-Id`. */
  readonly id: string;
  readonly identityProvider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly createdAt: Date;
  /** Noted at most once in `sessions.extendEverySeconds`. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

export function toTenantSessionRow(tenant: string, session: StoredSession): TenantSessionRow {
  const { identityProvider, issuer, subject, createdAtMs, extendedAtMs, expiresAtMs } = session;
  return {
    id: sessionIdOf({ tenant, identityProvider, digest: session.digest }, digest),
    ...{ identityProvider, issuer, subject },
    ...{ createdAt: new Date(createdAtMs), lastUsedAt: new Date(extendedAtMs), expiresAt: new Date(expiresAtMs) },
  };
}
