import type { AuthenticatorKind, lockoutPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import type { z } from "zod";
import type { Role } from "../access/permissions.js";

/** The company of the demo: Ledgerline Payments, which runs payment APIs for its merchants. */
export const DEMO_ORGANISATION = "Ledgerline Payments";

/** People of the demo. None has a password: they are names in the history until somebody invites them. */
export const DEMO_PEOPLE = {
  mara: { email: "mara.okafor@ledgerline.example", displayName: "Mara Okafor", role: "publisher" },
  jonas: { email: "jonas.thiel@ledgerline.example", displayName: "Jonas Thiel", role: "operator" },
  li: { email: "li.perez@ledgerline.example", displayName: "Li Perez", role: "operator" },
  sana: { email: "sana.virtanen@ledgerline.example", displayName: "Sana Virtanen", role: "security_reviewer" },
} as const satisfies Record<string, { email: string; displayName: string; role: Role }>;
export type DemoPerson = keyof typeof DEMO_PEOPLE;

/** How much a tenant is used, and how its requests fail: weights of deny codes against each other. */
interface DemoTraffic {
  /** Requests a second at the top of the day. */
  readonly peakPerSecond: number;
  /** Share of refused requests, 0–1. */
  readonly refused: number;
  readonly codes: Readonly<Record<string, number>>;
}

interface DemoRoute {
  readonly prefix: string;
  readonly scope: string | null;
  readonly methods?: readonly string[];
  /** Kinds of credentials in their order; bearer tokens when left out. */
  readonly authenticators?: readonly AuthenticatorKind[];
}

export interface DemoTenant {
  readonly slug: string;
  readonly displayName: string;
  readonly plan: "starter" | "standard" | "scale";
  readonly domain: string | null;
  /** Name and issuer of the identity provider; null where the tenant has none yet. */
  readonly provider: { readonly name: string; readonly issuer: string; readonly tenantClaim?: string } | null;
  readonly audience: string;
  /** Path prefixes of its routes with the scope that each needs; null takes any credential of the tenant. */
  readonly routes: Readonly<Record<string, DemoRoute>>;
  readonly upstream: string;
  /** People sign in at an application of its own, behind the route login. */
  readonly hasLogin?: true;
  /** Rate limits beside the one by address that every tenant has. */
  readonly limits?: Readonly<Record<string, z.input<typeof rateLimitPolicySpec>>>;
  /** In place of the fleet's. */
  readonly lockout?: z.input<typeof lockoutPolicySpec>;
  readonly traffic: DemoTraffic | null;
}

const EVERYDAY = { token_expired: 60, invalid_token: 22, missing_token: 12, insufficient_scope: 6 };

/** Merchants with a made-up past. acme and globex, whose providers run for real, are added by the caller. */
export const DEMO_MERCHANTS: readonly DemoTenant[] = [
  {
    slug: "cyberdyne",
    displayName: "Cyberdyne Billing",
    plan: "standard",
    domain: null,
    provider: { name: "workforce", issuer: "https://sso.cyberdyne.example" },
    audience: "https://cyberdyne.api.ledgerline.example",
    routes: { invoices: { prefix: "/v1/invoices", scope: "invoices:read" } },
    upstream: "https://billing.svc.ledgerline.example",
    traffic: { peakPerSecond: 1.4, refused: 0.0012, codes: EVERYDAY },
  },
  {
    slug: "hooli",
    displayName: "Hooli Wallet",
    plan: "scale",
    domain: null,
    provider: { name: "accounts", issuer: "https://accounts.hooli.example" },
    audience: "https://hooli.api.ledgerline.example",
    routes: {
      wallets: { prefix: "/v1/wallets", scope: "wallets:read" },
      transfers: { prefix: "/v1/transfers", scope: "wallets:write", methods: ["POST"] },
    },
    upstream: "https://wallet.svc.ledgerline.example",
    traffic: { peakPerSecond: 4.1, refused: 0.0071, codes: { ...EVERYDAY, tenant_conflict: 18 } },
  },
  {
    slug: "initech",
    displayName: "Initech Invoices",
    plan: "standard",
    domain: null,
    provider: { name: "keycloak", issuer: "https://keycloak.initech.example/realms/pay", tenantClaim: "organization" },
    audience: "https://initech.api.ledgerline.example",
    routes: { invoices: { prefix: "/v1/invoices", scope: null } },
    upstream: "https://billing.svc.ledgerline.example",
    limits: { contract: { key: ["tenant"], limit: 90, windowSeconds: 60, burst: 40 } },
    // Its accountants sit behind one address.
    lockout: { failures: 10, lockoutSeconds: 900, exempt: ["127.0.0.0/8", "198.51.100.0/24", "::1/128"] },
    traffic: { peakPerSecond: 1.1, refused: 0.062, codes: { invalid_token: 70, token_expired: 18, rate_limited: 12 } },
  },
  {
    slug: "massive-dynamic",
    displayName: "Massive Dynamic Treasury",
    plan: "scale",
    domain: null,
    provider: { name: "entra", issuer: "https://login.massive.example/9f2d/v2.0" },
    audience: "api://ledgerline-treasury",
    routes: { treasury: { prefix: "/v1/treasury", scope: "treasury:read" } },
    upstream: "https://treasury.svc.ledgerline.example",
    traffic: { peakPerSecond: 2, refused: 0.002, codes: EVERYDAY },
  },
  {
    slug: "piedpiper",
    displayName: "Pied Piper Pay",
    plan: "starter",
    domain: null,
    provider: { name: "okta", issuer: "https://piedpiper.okta.example" },
    audience: "https://piedpiper.api.ledgerline.example",
    routes: { payments: { prefix: "/v1/payments", scope: null } },
    upstream: "https://payments.svc.ledgerline.example",
    traffic: { peakPerSecond: 0.3, refused: 0.0044, codes: EVERYDAY },
  },
  {
    slug: "soylent",
    displayName: "Soylent Subscriptions",
    plan: "starter",
    domain: null,
    provider: { name: "main", issuer: "https://id.soylent.example" },
    audience: "https://soylent.api.ledgerline.example",
    routes: { subscriptions: { prefix: "/v1/subscriptions", scope: null } },
    upstream: "https://subscriptions.svc.ledgerline.example",
    traffic: null,
  },
  {
    slug: "stark-ledger",
    displayName: "Stark Ledger",
    plan: "scale",
    domain: "api.stark.example",
    provider: { name: "sts", issuer: "https://sts.stark.example", tenantClaim: "org_id" },
    audience: "https://api.stark.example",
    routes: {
      accounts: { prefix: "/v1/accounts", scope: "ledger:read" },
      entries: { prefix: "/v1/entries", scope: "ledger:write", methods: ["POST", "PUT"] },
    },
    upstream: "https://ledger.svc.ledgerline.example",
    traffic: { peakPerSecond: 8.2, refused: 0.0038, codes: { ...EVERYDAY, rate_limited: 9 } },
  },
  {
    slug: "tyrell",
    displayName: "Tyrell Settlements",
    plan: "standard",
    domain: null,
    provider: { name: "main", issuer: "https://login.tyrell.example" },
    audience: "https://tyrell.api.ledgerline.example",
    routes: { settlements: { prefix: "/v1/settlements", scope: null } },
    upstream: "https://settlements.svc.ledgerline.example",
    traffic: { peakPerSecond: 0.08, refused: 1, codes: { tenant_suspended: 1 } },
  },
  {
    slug: "umbrella-pay",
    displayName: "Umbrella Pay",
    plan: "scale",
    domain: null,
    provider: { name: "main", issuer: "https://login.umbrella.example" },
    audience: "https://umbrella-pay.api.ledgerline.example",
    routes: { payments: { prefix: "/v1/payments", scope: "payments:read" } },
    upstream: "https://payments.svc.ledgerline.example",
    traffic: { peakPerSecond: 3.4, refused: 0.0052, codes: { ...EVERYDAY, unknown_signing_key: 25 } },
  },
  {
    slug: "wayne-treasury",
    displayName: "Wayne Treasury",
    plan: "scale",
    domain: "treasury.wayne.example",
    provider: { name: "adfs", issuer: "https://adfs.wayne.example/adfs" },
    audience: "https://treasury.wayne.example",
    routes: { treasury: { prefix: "/v1/treasury", scope: "treasury:read" } },
    upstream: "https://treasury.svc.ledgerline.example",
    traffic: { peakPerSecond: 4.4, refused: 0.0009, codes: EVERYDAY },
  },
];
