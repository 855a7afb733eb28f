import type { Section } from "@sallyport/snapshot";
import {
  createTokenMint,
  type EchoUpstream,
  type JwksServer,
  type OidcProvider,
  startEchoUpstream,
  startJwksServer,
  startOidcProvider,
  type TokenMint,
} from "@sallyport/testkit";
import { request } from "undici";
import { Browser } from "./browser.js";
import { TestControlPlane } from "./control-plane.js";
import { eventually, freshFolder, type GatewayOptions, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { fleetOf, tenantOf } from "./sections.js";

export const ACME = "https://acme.api.example.test";
export const GLOBEX = "https://globex.api.example.test";
export const CLIENT_SECRET = "a-secret-of-acme-at-its-provider";
const DOMAIN = "api.example.test";

/** Two nodes over one state store, two tenants with a real OpenID provider each, and a JWT issuer of acme's beside it. */
export interface SessionFleet {
  readonly plane: TestControlPlane;
  readonly one: RunningGateway;
  readonly two: RunningGateway;
  readonly upstream: EchoUpstream;
  readonly providers: { readonly acme: OidcProvider; readonly globex: OidcProvider };
  readonly jwks: JwksServer;
  readonly mint: TokenMint;
  browser(): Browser;
  /** Signed in at acme, through the first node. */
  signedIn(account?: string): Promise<Browser>;
  /** A good access token of acme's JWT issuer. */
  token(): string;
  publish(change?: {
    readonly fleet?: Record<string, unknown>;
    readonly acme?: Record<string, unknown>;
    readonly idp?: Record<string, unknown>;
  }): Promise<void>;
  close(): Promise<void>;
}

const session = { mode: "required", authenticators: ["session", "bearer"] };
const ROUTES = {
  page: { pathPrefix: "/", upstream: "main", authentication: { ...session, redirectToLogin: true } },
  api: { pathPrefix: "/api", upstream: "main", authentication: session },
  jwt: { pathPrefix: "/jwt", upstream: "main", authentication: { mode: "required" } },
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  through: { pathPrefix: "/through", upstream: "main", authentication: session, propagation: "through" },
  optional: { pathPrefix: "/optional", upstream: "main", authentication: { mode: "optional", authenticators: ["session"] } },
  both: { pathPrefix: "/both", upstream: "main", authentication: { ...session, match: "all" } },
};

/** @param tls the first node's own; none when left out */
export async function startSessionFleet(stateUrl: string, tls?: GatewayOptions["tls"]): Promise<SessionFleet> {
  const mint = createTokenMint({ alg: "ES256", kid: "jwt-1" });
  const ports = { node: 0 };
  /** The provider's own calls go where a browser's would. */
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { host, pathname } = new URL(url);
    const headers = { ...Object.fromEntries(new Headers(init.headers)), host };
    const answer = await request(`http://127.0.0.1:${ports.node}${pathname}`, { method: "POST", headers, body: String(init.body) });
    return new Response(await answer.body.text(), { status: answer.statusCode });
  };
  const provider = (origin: string, tenant: string) =>
    startOidcProvider({
      resources: [`${origin}/resource`],
      clients: [
        {
          id: "sallyport",
          secret: CLIENT_SECRET,
          redirectUris: [`${origin}/.sallyport/callback`],
          postLogoutRedirectUris: [`${origin}/`],
          backchannelLogoutUri: `${origin}/.sallyport/backchannel-logout`,
        },
      ],
      accounts: {
        ada: { name: "Ada", email: "ada@example.test", tenant_id: tenant },
        eve: { name: "Eve", email: "eve@example.test", tenant_id: "globex" },
      },
      idTokenClaims: ["tenant_id", "email"],
      fetch,
    });
  const [plane, upstream, jwks, acme, globex, dirOne, dirTwo] = await Promise.all([
    TestControlPlane.start(),
    startEchoUpstream(),
    startJwksServer({ jwks: mint.jwks() }),
    provider(ACME, "acme"),
    provider(GLOBEX, "globex"),
    freshFolder(),
    freshFolder(),
  ]);
  const login = { client: { method: "client_secret_basic", clientId: "sallyport", secret: "login" } };
  const propagationPolicies = { through: { strategy: "pass_through" } };
  const sections: (change?: Parameters<SessionFleet["publish"]>[0]) => Section[] = ({ fleet = {}, acme: tenant = {}, idp = {} } = {}) => [
    fleetOf({ baseDomains: [DOMAIN], trustedProxies: ["127.0.0.1/32"], ...fleet }),
    tenantOf({
      slug: "acme",
      upstream: upstream.url,
      rest: {
        identityProviders: {
          main: { issuer: acme.issuer, audiences: [`${ACME}/resource`], login, ...idp },
          jwt: { issuer: jwks.issuer, keys: { kind: "jwks", url: jwks.jwksUrl }, audiences: ["acme-api"] },
        },
        routes: ROUTES,
        propagationPolicies,
        ...tenant,
      },
    }),
    tenantOf({
      slug: "globex",
      upstream: upstream.url,
      rest: { identityProviders: { main: { issuer: globex.issuer, audiences: [`${GLOBEX}/resource`], login } }, routes: ROUTES, propagationPolicies },
    }),
  ];
  await plane.publish(sections());
  const secrets = (_tenant: string, name: string): string | null => (name === "login" ? CLIENT_SECRET : null);
  const start = (dataDir: string, more: Partial<GatewayOptions> = {}) => startGateway(plane, { dataDir, stateUrl, secrets, ...more });
  const [one, two] = [await start(dirOne, tls === undefined ? {} : { tls }), await start(dirTwo)];
  await Promise.all([ready(one), ready(two)]);
  ports.node = two.dataPort;
  const browser = (): Browser => new Browser(one.dataPort);
  return {
    ...{ plane, one, two, upstream, jwks, mint, browser },
    providers: { acme, globex },
    async signedIn(account = "ada") {
      const fresh = browser();
      const page = await fresh.signIn(await fresh.open(`${ACME}/.sallyport/login?idp=main&return_to=/open`), account);
      if (page.status !== 200) throw new Error(`the sign-in came to ${page.status}: ${page.body}`);
      return fresh;
    },
    token: () => mint.sign({ iss: jwks.issuer, aud: "acme-api", sub: "robot", exp: Math.floor(Date.now() / 1_000) + 300 }),
    async publish(change) {
      const { revision } = await plane.publish(sections(change));
      const acks = (): number => plane.reports.filter((report) => report.outcome === "ack" && report.revision === revision).length;
      await eventually(`both nodes run revision ${revision}`, () => acks() >= 2);
    },
    async close() {
      await Promise.all([one.close(), two.close()]);
      await Promise.all([plane.down(), upstream.close(), jwks.close(), acme.close(), globex.close()]);
      await Promise.all([dirOne, dirTwo].map(removeFolder));
    },
  };
}
