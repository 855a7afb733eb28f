import type { SecurityEvent, SecurityEventKind } from "@sallyport/snapshot/protocol";
import { uuidv7 } from "uuidv7";
import type { DemoPerson } from "./company.js";

/** What was done about an incident afterwards. */
interface Reaction {
  readonly minutesAgo: number;
  readonly by: DemoPerson;
  readonly action: "acknowledge" | "close";
  readonly note: string;
}

/** A run of events of one story, spread evenly over its time. */
export interface Incident {
  readonly kind: SecurityEventKind;
  readonly firstMinutesAgo: number;
  readonly lastMinutesAgo: number;
  readonly count: number;
  readonly event: Partial<SecurityEvent> & Pick<SecurityEvent, "detail">;
  readonly addresses?: readonly string[];
  readonly reactions: readonly Reaction[];
}

/** The last two days of the demo, worst first. Addresses are those of RFC 5737 and RFC 3849. */
export const DEMO_INCIDENTS: readonly Incident[] = [
  {
    kind: "cross_tenant_attempt",
    firstMinutesAgo: 23,
    lastMinutesAgo: 2,
    count: 214,
    event: {
      tenant: "globex",
      tokenTenant: "acme",
      identityProvider: "main",
      route: "payouts",
      code: "tenant_mismatch",
      subject: "auth0|61f0c9a2",
      issuer: "https://acme.eu.auth0.example/",
      method: "POST",
      path: "/v1/payouts",
      userAgent: "acme-pos/8.2",
      detail: "The token belongs to acme; globex was asked for.",
    },
    addresses: ["203.0.113.41", "203.0.113.44", "203.0.113.52"],
    reactions: [],
  },
  {
    kind: "cross_tenant_attempt",
    firstMinutesAgo: 190,
    lastMinutesAgo: 48,
    count: 13,
    event: {
      tenant: "acme",
      tokenTenant: "hooli",
      identityProvider: "accounts",
      route: "payments",
      code: "tenant_mismatch",
      subject: "gavin@hooli.example",
      issuer: "https://accounts.hooli.example",
      method: "GET",
      path: "/v1/payments/pm_81",
      userAgent: "hooli-sync/2.0",
      detail: "The token belongs to hooli; acme was asked for.",
    },
    addresses: ["198.51.100.7"],
    reactions: [],
  },
  {
    kind: "cross_tenant_attempt",
    firstMinutesAgo: 300,
    lastMinutesAgo: 181,
    count: 4,
    event: {
      tenant: "wayne-treasury",
      tokenTenant: "initech",
      identityProvider: "keycloak",
      route: "treasury",
      code: "tenant_mismatch",
      subject: "svc-reports",
      issuer: "https://keycloak.initech.example/realms/pay",
      method: "GET",
      path: "/v1/treasury/positions",
      userAgent: "python-requests/2.32",
      detail: "The token belongs to initech; wayne-treasury was asked for.",
    },
    addresses: ["192.0.2.19"],
    reactions: [
      { minutesAgo: 170, by: "sana", action: "acknowledge", note: "Initech is testing against our sandbox; asked them for the base URL they use." },
    ],
  },
  {
    kind: "stale_jwks_in_use",
    firstMinutesAgo: 41,
    lastMinutesAgo: 3,
    count: 6,
    event: {
      tenant: "umbrella-pay",
      tokenTenant: null,
      identityProvider: "main",
      issuer: "https://login.umbrella.example",
      detail: "Keys are 41 min past their lifetime: the JWKS endpoint presents a certificate that expired at 09:12.",
    },
    reactions: [],
  },
  {
    kind: "jwks_refresh_failed",
    firstMinutesAgo: 260,
    lastMinutesAgo: 121,
    count: 16,
    event: {
      tenant: "piedpiper",
      tokenTenant: null,
      identityProvider: "okta",
      issuer: "https://piedpiper.okta.example",
      detail: "connect_timeout: no answer within 5,000 ms; keys of 14:02 stay in use.",
    },
    reactions: [],
  },
  {
    kind: "algorithm_attack",
    firstMinutesAgo: 96,
    lastMinutesAgo: 88,
    count: 38,
    event: {
      tenant: "initech",
      tokenTenant: null,
      identityProvider: "keycloak",
      route: "invoices",
      code: "invalid_token",
      issuer: "https://keycloak.initech.example/realms/pay",
      method: "GET",
      path: "/v1/invoices",
      userAgent: "Go-http-client/1.1",
      detail: "The token names the algorithm HS256, signed with the provider's public key.",
    },
    addresses: ["2001:db8:17::5", "2001:db8:17::8"],
    reactions: [
      { minutesAgo: 80, by: "sana", action: "acknowledge", note: "Probe from one /64; nothing passed. Asked the network team to block it." },
    ],
  },
  {
    kind: "tenant_conflict",
    firstMinutesAgo: 75,
    lastMinutesAgo: 58,
    count: 12,
    event: {
      tenant: "hooli",
      tokenTenant: null,
      route: null,
      code: "tenant_conflict",
      method: "GET",
      path: "/tenants/acme/v1/wallets",
      userAgent: "hooli-sync/2.0",
      detail: "The subdomain names hooli, the path names acme.",
    },
    addresses: ["198.51.100.7"],
    reactions: [],
  },
  {
    kind: "spoofed_identity_header",
    firstMinutesAgo: 520,
    lastMinutesAgo: 410,
    count: 7,
    event: {
      tenant: "stark-ledger",
      tokenTenant: null,
      route: "accounts",
      code: null,
      subject: "svc-batch",
      method: "GET",
      path: "/v1/accounts",
      userAgent: "curl/8.5.0",
      detail: "The client sent X-User-Id and X-User-Roles; both were taken off.",
    },
    addresses: ["203.0.113.90"],
    reactions: [{ minutesAgo: 380, by: "sana", action: "close", note: "An engineer's script from before the move; it has been changed." }],
  },
  {
    kind: "rate_limit_exceeded",
    firstMinutesAgo: 1500,
    lastMinutesAgo: 1440,
    count: 61,
    event: {
      tenant: "stark-ledger",
      tokenTenant: null,
      route: "entries",
      code: "rate_limited",
      method: "POST",
      path: "/v1/entries",
      userAgent: "stark-eod/3.1",
      detail: "Policy per-address: 600 in 60 s was reached.",
    },
    addresses: ["203.0.113.77"],
    reactions: [{ minutesAgo: 1400, by: "sana", action: "close", note: "End-of-day run; they will spread it over ten minutes." }],
  },
  {
    kind: "unknown_key_flood",
    firstMinutesAgo: 2300,
    lastMinutesAgo: 2280,
    count: 44,
    event: {
      tenant: "umbrella-pay",
      tokenTenant: null,
      identityProvider: "main",
      route: "payments",
      code: "unknown_signing_key",
      issuer: "https://login.umbrella.example",
      method: "GET",
      path: "/v1/payments",
      userAgent: "umbrella-app/5",
      detail: "44 tokens named the key 2026-q4, which the provider did not publish yet.",
    },
    reactions: [{ minutesAgo: 2200, by: "sana", action: "close", note: "They rotated before publishing; fixed on their side." }],
  },
];

const MINUTE_MS = 60_000;

/** The events of an incident, oldest first. */
export function eventsOf(incident: Incident, now: number): SecurityEvent[] {
  const { firstMinutesAgo: first, lastMinutesAgo: last, count, addresses = [] } = incident;
  return Array.from({ length: count }, (_, index) => {
    const progress = count === 1 ? 1 : index / (count - 1);
    const at = now - (first - (first - last) * progress) * MINUTE_MS;
    return {
      id: uuidv7(),
      kind: incident.kind,
      at: new Date(at).toISOString(),
      count: 1,
      tenant: null,
      tokenTenant: null,
      identityProvider: null,
      route: null,
      code: null,
      requestId: uuidv7(),
      clientIp: addresses[index % Math.max(addresses.length, 1)] ?? null,
      subject: null,
      issuer: null,
      method: null,
      path: null,
      userAgent: null,
      tokenHash: null,
      ...incident.event,
    };
  });
}
