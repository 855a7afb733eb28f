import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
const shared = createTokenMint({ alg: "ES256", kid: "shared" });
const own = createTokenMint({ alg: "ES256", kid: "own" });

let sharedIdp: JwksServer;
let ownIdp: JwksServer;
let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;

/** Well signed by the shared provider, with these claims beside the usual ones. */
const token = (claims: Record<string, unknown>): string =>
  shared.sign({ iss: sharedIdp.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 900, ...claims });
const outcome = async (tenant: string, claims: Record<string, unknown>): Promise<string> => {
  const headers = { authorization: `Bearer ${token(claims)}` };
  const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/${tenant}/v1`, { headers });
  const body = (await response.json()) as { code?: string; headers?: string[] };
  if (response.status !== 200) return `${response.status} ${body.code}`;
  const seen = body.headers ?? [];
  return `allow as ${seen[seen.findIndex((name) => name.toLowerCase() === "x-tenant-id") + 1]}`;
};

beforeAll(async () => {
  [sharedIdp, ownIdp, upstream, plane, dataDir] = await Promise.all([
    startJwksServer({ jwks: shared.jwks() }),
    startJwksServer({ jwks: own.jwks() }),
    startEchoUpstream(),
    TestControlPlane.start(),
    freshFolder(),
  ]);
  const defaultIdentityProvider = {
    issuer: sharedIdp.issuer,
    keys: { kind: "jwks", url: sharedIdp.jwksUrl },
    audiences: [AUDIENCE],
    tenantClaim: "org",
  };
  const disabled = { main: { status: "disabled", issuer: ownIdp.issuer, keys: { kind: "jwks", url: ownIdp.jwksUrl }, audiences: [AUDIENCE] } };
  await plane.publish([
    fleetOf({ defaultIdentityProvider }),
    tenantOf({ slug: "acme", upstream: upstream.url }),
    tenantOf({ slug: "globex", upstream: upstream.url }),
    tenantOf({ slug: "initech", upstream: upstream.url, issuer: ownIdp.issuer }),
    tenantOf({ slug: "closed", upstream: upstream.url, rest: { identityProviders: disabled } }),
  ]);
  node = await startGateway(plane, { dataDir });
  await ready(node);
});
afterAll(async () => {
  await node?.close();
  await Promise.all([sharedIdp?.close(), ownIdp?.close(), upstream?.close(), plane?.down()]);
  await removeFolder(dataDir);
});

describe("the fleet's default identity provider, at a running node", () => {
  it("signs people in at the tenant that its tokens name, with one fetch of keys for all", async () => {
    expect(await outcome("acme", { org: "acme" })).toBe("allow as acme");
    expect(await outcome("globex", { org: "globex" })).toBe("allow as globex");
    expect(sharedIdp.requests.jwks).toBe(1);
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    ["another tenant's name", "globex", { org: "acme" }, "403 tenant_mismatch"],
    ["no name", "acme", {}, "401 invalid_claims"],
    ["the fleet's usual claim instead", "acme", { tenant_id: "acme" }, "401 invalid_claims"],
    ["several names", "acme", { org: ["acme", "globex"] }, "401 invalid_claims"],
    ["the name in another case", "acme", { org: "ACME" }, "403 tenant_mismatch"],
    ["a blank behind the name", "acme", { org: "acme " }, "403 tenant_mismatch"],
    ["an empty name", "acme", { org: "" }, "403 tenant_mismatch"],
    ["a name that is no text", "acme", { org: true }, "401 invalid_claims"],
    ["another tenant's name, where that tenant uses the default one too", "initech", { org: "acme" }, "403 tenant_mismatch"],
    ["the name of a tenant with a provider of its own", "initech", { org: "initech" }, "401 invalid_token"],
    ["the name of a tenant whose provider is disabled", "closed", { org: "closed" }, "401 invalid_token"],
  ])("a token that it signed, with %s, at %s is refused", async (_what, tenant, claims, expected) => {
    expect(await outcome(tenant, claims)).toBe(expected);
  });

  it("tells of tokens that crossed the border", async () => {
    await eventually("both attempts are told of", () => {
      const attempts = [...plane.events.values()].filter(({ kind, tokenTenant }) => kind === "cross_tenant_attempt" && tokenTenant === "acme");
      return new Set(attempts.map(({ tenant }) => tenant)).size === 2;
    });
  });
});
