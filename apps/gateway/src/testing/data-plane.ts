import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer, type TokenMint } from "@sallyport/testkit";
import { TestControlPlane } from "./control-plane.js";
import { freshFolder, type GatewayOptions, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { fleetOf, type TenantSketch, tenantOf } from "./sections.js";

const AUDIENCE = "https://api.example.test";

/** One node with one tenant, acme, whose IdP and upstream are real servers. */
export interface DataPlane {
  readonly plane: TestControlPlane;
  readonly node: RunningGateway;
  readonly upstream: EchoUpstream;
  readonly jwks: JwksServer;
  readonly mint: TokenMint;
  readonly dataDir: string;
  /** A good token of acme. */
  token(more?: Record<string, unknown>): string;
  close(): Promise<void>;
}

export async function startDataPlane(
  options: {
    tenant?: Partial<TenantSketch>;
    fleet?: Record<string, unknown>;
    /** Of the fleet. */
    rateLimitPolicies?: Record<string, Record<string, unknown>>;
    drainTimeoutMs?: number;
    authz?: boolean;
    tls?: GatewayOptions["tls"];
    now?: () => number;
    limitReportsMs?: number;
  } = {},
): Promise<DataPlane> {
  const mint = createTokenMint({ alg: "ES256" });
  const [plane, upstream, jwks, dataDir] = await Promise.all([
    TestControlPlane.start(),
    startEchoUpstream(),
    startJwksServer({ jwks: mint.jwks() }),
    freshFolder(),
  ]);
  const tenant = tenantOf({ slug: "acme", upstream: upstream.url, issuer: jwks.issuer, ...options.tenant });
  await plane.publish([fleetOf(options.fleet, options.rateLimitPolicies), tenant]);
  const node = await startGateway(plane, {
    dataDir,
    authz: options.authz ?? false,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.limitReportsMs === undefined ? {} : { limitReportsMs: options.limitReportsMs }),
    ...(options.drainTimeoutMs === undefined ? {} : { drainTimeoutMs: options.drainTimeoutMs }),
  });
  await ready(node);
  return {
    ...{ plane, node, upstream, jwks, mint, dataDir },
    token: (more = {}) => mint.sign({ iss: jwks.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 300, ...more }),
    async close() {
      await node.close();
      await Promise.all([plane.down(), upstream.close(), jwks.close()]);
      await removeFolder(dataDir);
    },
  };
}
