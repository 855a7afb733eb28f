import type { ConfigDocument } from "@sallyport/snapshot";
import { DEMO_MERCHANTS, type DemoPerson, type DemoTenant } from "./company.js";
import { document, fleetDocuments, tenantDocuments } from "./documents.js";
import { demoPolicyTests } from "./policy-tests.js";
import type { RolloutEnd } from "./rollout-story.js";

/** One edit of the draft, and perhaps its publication. */
export interface Chapter {
  /** Hours before now. */
  readonly hoursAgo: number;
  readonly by: DemoPerson;
  readonly documents: readonly ConfigDocument[];
  /** What was done with API keys at that time. */
  readonly keys?: readonly KeyDeed[];
  /** What was taken back at that time without a publish. */
  readonly revocations?: readonly RevocationDeed[];
  /** Published minutes later by Mara with this comment; absent leaves it in the draft. */
  readonly publish?: string;
  /** In stages, and how that ended; absent means to all nodes at once. */
  readonly rollout?: RolloutEnd;
  /** After what was published: the machines of that time were replaced. */
  readonly retiresNodes?: true;
}

/** A deed with an API key of acme; the key itself is known to nobody afterwards. */
export type KeyDeed =
  | { readonly make: string; readonly scopes: readonly string[]; readonly expiresInDays: number | null }
  | { readonly rotate: string; readonly overlapSeconds: number }
  | { readonly revoke: string; readonly reason: string };

/** Something of a tenant that was taken back at once, as the incident behind it asked for. */
export type RevocationDeed = { readonly tenant: string } & (
  | { readonly token: { readonly jti: string; readonly issuer: string }; readonly forHours: number; readonly reason: string }
  | { readonly subject: string; readonly reason: string }
  | { readonly suspend: true; readonly reason: string }
  | { readonly purgeKeysOf: string; readonly reason: string }
  /** What of the tenant is in force. */
  | { readonly lift: true }
);

/** What runs for real beside the demo: where tokens come from, and where requests go. */
export interface DemoSurroundings {
  readonly upstream: string;
  readonly providers: readonly { readonly tenant: string; readonly issuer: string; readonly audience: string }[];
  /** Address ranges that hold the providers; loopback unless they run elsewhere. */
  readonly providerRanges?: readonly string[];
}

function liveTenants({ upstream, providers }: DemoSurroundings): { acme: DemoTenant; globex: DemoTenant } {
  const provider = (tenant: string) => {
    const found = providers.find((one) => one.tenant === tenant);
    if (found === undefined) throw new Error(`The demo needs a provider for ${tenant}.`);
    return found;
  };
  const acme = provider("acme");
  const globex = provider("globex");
  return {
    acme: {
      slug: "acme",
      displayName: "Acme Card Services",
      plan: "scale",
      domain: "api.acme.example",
      provider: { name: "main", issuer: acme.issuer, tenantClaim: "tenant_id" },
      audience: acme.audience,
      routes: {
        payments: { prefix: "/v1/payments", scope: "read", authenticators: ["bearer", "api_key"] },
        refunds: { prefix: "/v1/refunds", scope: "write", methods: ["POST"] },
        exports: { prefix: "/v1/exports", scope: "exports:read", authenticators: ["api_key"] },
      },
      upstream,
      hasLogin: true,
      traffic: { peakPerSecond: 9.1, refused: 0.0031, codes: { token_expired: 60, invalid_token: 22, missing_token: 12, tenant_mismatch: 5 } },
    },
    globex: {
      slug: "globex",
      displayName: "Globex Payouts",
      plan: "scale",
      domain: "pay.globex.example",
      provider: { name: "entra-main", issuer: globex.issuer, tenantClaim: "tenant_id" },
      audience: globex.audience,
      routes: { payouts: { prefix: "/v1/payouts", scope: "read" }, batches: { prefix: "/v1/batches", scope: "write", methods: ["POST"] } },
      upstream,
      traffic: {
        peakPerSecond: 6.3,
        refused: 0.0194,
        codes: { token_expired: 61, invalid_token: 23, missing_token: 9, tenant_mismatch: 4, insufficient_scope: 3 },
      },
    },
  };
}

/** Tenants with traffic, the real ones first. */
export const demoTenants = (surroundings: DemoSurroundings): readonly DemoTenant[] => {
  const { acme, globex } = liveTenants(surroundings);
  return [acme, globex, ...DEMO_MERCHANTS];
};

/** How the configuration came to be, over six weeks; the last edits wait in the draft. */
export function chapters(surroundings: DemoSurroundings): Chapter[] {
  const { acme, globex } = liveTenants(surroundings);
  const of = (...slugs: string[]): ConfigDocument[] =>
    DEMO_MERCHANTS.filter(({ slug }) => slugs.includes(slug)).flatMap((tenant) => tenantDocuments(tenant, keysOf(tenant)));
  // Made-up issuers have no address; their keys come from where some do. One stays out of reach, so that the overview has a problem to show.
  const keysOf = ({ slug }: DemoTenant): string | null => (slug === "umbrella-pay" ? null : `${acme.provider?.issuer}/jwks`);
  const withProvider = (tenant: DemoTenant, change: object): ConfigDocument[] =>
    tenantDocuments(tenant, keysOf(tenant)).map((doc) =>
      doc.kind === "IdentityProvider"
        ? document({ kind: doc.kind, name: doc.metadata.name, tenant: tenant.slug, spec: { ...doc.spec, ...change } })
        : doc,
    );
  const refunds = (scope: string): ConfigDocument[] =>
    tenantDocuments({ ...acme, routes: { refunds: { prefix: "/v1/refunds", scope, methods: ["POST"] } } }, null).filter(
      ({ kind, metadata }) => kind === "Route" && metadata.name === "refunds",
    );
  const stark = DEMO_MERCHANTS.find(({ slug }) => slug === "stark-ledger") ?? acme;
  return [
    {
      hoursAgo: 1010,
      by: "jonas",
      documents: [...fleetDocuments(surroundings.providerRanges), ...tenantDocuments(acme, null), ...of("wayne-treasury", "cyberdyne")],
      keys: [
        { make: "ci-runner", scopes: ["read"], expiresInDays: null },
        { make: "nightly-export", scopes: ["exports:read"], expiresInDays: 365 },
        { make: "legacy-batch", scopes: ["read", "write"], expiresInDays: 365 },
      ],
      publish: "First three tenants move behind the gateways",
    },
    { hoursAgo: 872, by: "li", documents: of("hooli", "initech", "tyrell"), publish: "Onboard hooli, initech and tyrell" },
    {
      hoursAgo: 700,
      by: "jonas",
      documents: [...tenantDocuments(globex, null), ...of("stark-ledger", "umbrella-pay")],
      publish: "Payouts and the ledger: globex, stark-ledger, umbrella-pay",
    },
    { hoursAgo: 530, by: "li", documents: of("massive-dynamic", "piedpiper"), publish: "massive-dynamic with Entra ID, piedpiper with Okta" },
    {
      hoursAgo: 341,
      by: "jonas",
      documents: withProvider(stark, { algorithms: ["ES256", "PS256"], clockToleranceSeconds: 10 }),
      publish: "stark-ledger signs with ES256 and PS256 only",
      rollout: "completed",
    },
    {
      hoursAgo: 318,
      by: "jonas",
      documents: [],
      revocations: [
        {
          tenant: "stark-ledger",
          token: { jti: "01JB7Q2W9D4M8T6RZKXN", issuer: "https://sts.stark.example" },
          forHours: 24,
          reason: "Token pasted into support ticket 5127; the client has a new one",
        },
      ],
    },
    {
      hoursAgo: 237,
      by: "li",
      documents: refunds("refunds:write"),
      publish: "acme: refunds need a scope of their own",
      rollout: "refusals",
    },
    {
      hoursAgo: 236.2,
      by: "li",
      documents: [],
      revocations: [{ tenant: "hooli", suspend: true, reason: "Duplicate transfers every minute, INC-412" }],
    },
    // Clients have to ask for the scope first: the draft is what is live again.
    { hoursAgo: 236, by: "li", documents: refunds("write") },
    { hoursAgo: 235.1, by: "li", documents: [], revocations: [{ tenant: "hooli", lift: true }] },
    {
      hoursAgo: 190,
      by: "li",
      documents: [document({ kind: "Tenant", name: "tyrell", spec: { displayName: "Tyrell Settlements", plan: "standard", status: "suspended" } })],
      publish: "Suspend tyrell: contract ended",
    },
    {
      hoursAgo: 99,
      by: "jonas",
      documents: [
        ...of("soylent"),
        ...demoPolicyTests(),
        document({ kind: "DegradationPolicy", name: "long-outage", tenant: "umbrella-pay", spec: { staleKeysMaxAgeSeconds: 14_400 } }),
      ],
      publish: "Onboard soylent; umbrella-pay may use stale keys for four hours",
      retiresNodes: true,
    },
    {
      hoursAgo: 51.5,
      by: "jonas",
      documents: [],
      revocations: [{ tenant: "initech", purgeKeysOf: "keycloak", reason: "Initech rotated its realm keys after a lost backup, INC-427" }],
    },
    {
      hoursAgo: 27,
      by: "li",
      documents: [
        document({
          kind: "RateLimitPolicy",
          name: "plan-scale",
          spec: { key: ["tenant"], limit: 10_000, windowSeconds: 1, burst: 800, plans: ["scale"] },
        }),
      ],
      publish: "Raise the burst of plan scale to 800 for month end",
    },
    { hoursAgo: 20, by: "jonas", documents: [], keys: [{ rotate: "nightly-export", overlapSeconds: 3 * 86_400 }] },
    { hoursAgo: 15, by: "li", documents: [], keys: [{ revoke: "legacy-batch", reason: "Batch host retired; nightly-export has taken over" }] },
    {
      hoursAgo: 9.3,
      by: "li",
      documents: [],
      revocations: [{ tenant: "massive-dynamic", subject: "svc-reconciliation", reason: "Client secret found in a build log, INC-431" }],
    },
    { hoursAgo: 6, by: "jonas", documents: [], keys: [{ make: "partner-sandbox", scopes: ["read"], expiresInDays: 7 }] },
    {
      hoursAgo: 1.4,
      by: "li",
      documents: [
        document({ kind: "Tenant", name: "vandelay", spec: { displayName: "Vandelay Imports", plan: "starter" } }),
        document({
          kind: "IdentityProvider",
          name: "vandelay-sso",
          tenant: "vandelay",
          spec: {
            issuer: "https://sso.vandelay.example/oauth2/",
            audiences: ["https://pay.vandelay.example"],
            tenantClaim: { claim: "org_id", value: "vandelay" },
          },
        }),
      ],
    },
    {
      hoursAgo: 0.25,
      by: "jonas",
      documents: [
        document({ kind: "Upstream", name: "main", tenant: "globex", spec: { url: surroundings.upstream, responseTimeoutMs: 45_000 } }),
        document({
          kind: "Route",
          name: "batches",
          tenant: "globex",
          spec: {
            pathPrefix: "/v1/batches",
            methods: ["POST", "PUT"],
            upstream: "main",
            authentication: { mode: "required", requiredScopes: ["batches:approve", "write"] },
            maxRequestBodyBytes: 26_214_400,
          },
        }),
      ],
    },
  ];
}
