import { parseProxyUrl } from "@sallyport/idp-client";
import { createTestCertificate, createTokenMint, listenWithTls, startConnectProxy, startEchoUpstream } from "@sallyport/testkit";
import { afterEach, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const own = <T extends { close(): Promise<unknown> }>(each: T): T => {
  closing.push(() => each.close());
  return each;
};

it("a node verifies with keys of a private authority's provider by way of a proxy, and goes on with them when the proxy is away", async () => {
  const mint = createTokenMint({ alg: "ES256" });
  const certificate = createTestCertificate({ hosts: ["127.0.0.9"] });
  let fetched = 0;
  /** Time that has passed for node and control plane. */
  let skewMs = 0;
  const idp = own(
    await listenWithTls((_request, response) => {
      fetched += 1;
      response.end(JSON.stringify(mint.jwks()));
    }, certificate),
  );
  const proxy = own(await startConnectProxy({ routes: { "127.0.0.9:8443": idp.port } }));
  const parsed = parseProxyUrl(proxy.url);
  if (!parsed.ok) throw new Error(parsed.fault);
  const [plane, upstream, dataDir] = await Promise.all([TestControlPlane.start(() => Date.now() + skewMs), startEchoUpstream(), freshFolder()]);
  closing.push(
    () => removeFolder(dataDir),
    () => plane.down(),
    () => upstream.close(),
  );
  const issuer = "https://127.0.0.9:8443";
  const tenant = tenantOf({ slug: "acme", upstream: upstream.url, issuer });
  const jwks = { ttlSeconds: 10, cooldownSeconds: 1, fetchTimeoutMs: 1_000 };
  await plane.publish([fleetOf({ jwks, idpCertificates: { authorities: certificate.cert, trustPublic: false } }), tenant]);
  const node = own(
    await startGateway(plane, { dataDir, idpProxy: parsed.proxy, now: () => Date.now() + skewMs, monotonic: () => performance.now() + skewMs }),
  );
  await ready(node);
  const call = async (): Promise<number> => {
    const exp = Math.floor((Date.now() + skewMs) / 1_000) + 300;
    const token = mint.sign({ iss: issuer, aud: AUDIENCE, sub: "user-1", exp });
    const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/x`, { headers: { authorization: `Bearer ${token}` } });
    await response.text();
    return response.status;
  };
  expect([await call(), fetched]).toEqual([200, 1]);
  expect(new Set(proxy.asked)).toEqual(new Set(["127.0.0.9:8443"]));
  expect(proxy.others).toBe(0);

  await proxy.close();
  skewMs = 60_000;
  const event = await eventually("the failed refresh is told", async () => {
    expect(await call()).toBe(200);
    return [...plane.events.values()].find(({ kind, detail }) => kind === "jwks_refresh_failed" && detail.includes("ECONNREFUSED"));
  });
  expect(event.detail).toContain("egress proxy");
  expect(await call()).toBe(200);
}, 60_000);
