import type { Section } from "@sallyport/snapshot";
import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { runLoad } from "./testing/load.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
const TTL_S = 300;
const STALE_CAP_S = 3_600;
const mint = createTokenMint({ alg: "ES256", kid: "known" });

let idp: JwksServer;
let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;
let skippedMs = 0;

const configuration = () => [fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url, issuer: idp.issuer })];
const token = () => mint.sign({ iss: idp.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 900 });
const outcome = async (): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/v1`, { headers: { authorization: `Bearer ${token()}` } });
  const body = (await response.json()) as { code?: string };
  return response.status === 200 ? "allow" : `${response.status} ${body.code}`;
};
const told = (kind: string) => [...plane.events.values()].filter((event) => event.kind === kind);

beforeAll(async () => {
  // What is no signing key of ours stands in the same set, and is left out.
  const strange = { kty: "oct", kid: "shared-secret", alg: "HS256", k: "c2VjcmV0" };
  [idp, upstream, plane, dataDir] = await Promise.all([
    startJwksServer({ jwks: { keys: [strange, ...mint.jwks().keys] } }),
    startEchoUpstream(),
    TestControlPlane.start(),
    freshFolder(),
  ]);
  await plane.publish(configuration());
  node = await startGateway(plane, { dataDir, monotonic: () => performance.now() + skippedMs });
  await ready(node);
});
afterAll(async () => {
  await node?.close();
  await Promise.all([idp?.close(), upstream?.close(), plane?.down()]);
  await removeFolder(dataDir);
});

describe("BEHAVIOUR 3a: an identity provider that cannot be reached, at a running node", () => {
  it("leaves out what is no signing key, and says so once", async () => {
    expect(await outcome()).toBe("allow");
    await eventually("jwk_skipped is told of", () => told("jwk_skipped").length === 1);
    expect(told("jwk_skipped")).toMatchObject([{ kind: "jwk_skipped", tenant: "acme", identityProvider: "main" }]);
  });

  it("under load, is served from stale keys with alerts, refuses past the cap, and comes back by itself", async () => {
    let phase = "known keys";
    let stopped = false;
    const headers = { authorization: `Bearer ${token()}` };
    // The path says in which phase a request began.
    const load = runLoad({
      ...{ port: node.dataPort, connections: 4, headers, stop: () => stopped },
      path: () => `/tenants/acme/v1/${phase === "known keys" ? "known" : "open-end"}`,
    });
    idp.setMode("error_500");
    skippedMs += (TTL_S + 1) * 1_000;
    expect(await outcome()).toBe("allow");
    await eventually("the failed refresh is told of", () => told("jwks_refresh_failed").length === 1);
    await eventually("stale keys in use are told of", async () => {
      expect(await outcome()).toBe("allow");
      return told("stale_jwks_in_use").length === 1;
    });
    phase = "too old, or back";
    await new Promise((resolve) => setTimeout(resolve, 200));
    skippedMs += STALE_CAP_S * 1_000;
    await eventually("the keys are too old", async () => (await outcome()) === "503 idp_unavailable");
    await eventually("expired keys are told of", () => told("idp_keys_expired").length === 1);
    idp.setMode("good");
    skippedMs += TTL_S * 1_000;
    await eventually("it is back", async () => (await outcome()) === "allow");
    await new Promise((resolve) => setTimeout(resolve, 200));
    stopped = true;
    const { bodies, byStatus, broken } = await load;
    expect(broken).toEqual([]);
    expect([...byStatus.keys()].sort()).toEqual([200, 503]);
    expect(bodies.filter(({ path, body }) => path.endsWith("/known") && body.includes('"code":"')).map(({ body }) => body)).toEqual([]);
    expect(bodies.at(-1)?.body).not.toContain('"code":"');
  });
});

describe("keys that somebody had the nodes forget", () => {
  const seeds = (fetchedAt: number): Section => ({
    kind: "seed-keys",
    keys: { acme: { main: { fetchedAt: new Date(fetchedAt).toISOString(), jwks: { keys: [mint.publicJwk as never] } } } },
  });
  const purge = (at: number): Section => ({ kind: "key-purges", purgedAt: { acme: { main: new Date(at).toISOString() } } });
  const applied = async (sections: readonly Section[]): Promise<void> => {
    const { revision } = await plane.publish([...configuration(), ...sections]);
    await eventually(`revision ${revision} runs`, () => plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
  };

  it("verify nothing any more, whatever was cached or is sent as a seed; what the provider says now does", async () => {
    expect(await outcome()).toBe("allow");
    const now = Date.now();
    idp.setMode("error_500");
    await applied([seeds(now - 1_000)]);
    expect(await outcome()).toBe("allow");
    await applied([seeds(now - 1_000), purge(now)]);
    expect(await outcome()).toBe("503 idp_unavailable");
    // What only repeats the purge forgets nothing again.
    idp.setMode("good");
    skippedMs += TTL_S * 1_000;
    await eventually("the provider's keys are there", async () => (await outcome()) === "allow");
    idp.setMode("error_500");
    await applied([purge(now)]);
    expect(await outcome()).toBe("allow");
    idp.setMode("good");
  });

  it("stay forgotten after a restart from disk", async () => {
    const now = Date.now();
    idp.setMode("error_500");
    await applied([seeds(now - 1_000), purge(now)]);
    await node.close();
    await plane.down();
    node = await startGateway(plane, { dataDir, joinToken: null, monotonic: () => performance.now() + skippedMs });
    await ready(node);
    expect(await outcome()).toBe("503 idp_unavailable");
    await plane.up();
  });
});
