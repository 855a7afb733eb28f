import type { EchoAnswer } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "./testing/data-plane.js";
import { eventually } from "./testing/gateway.js";
import { runLoad } from "./testing/load.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const OPEN = { main: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } } };

describe("a node under load", () => {
  let data: DataPlane;
  beforeEach(async () => {
    data = await startDataPlane({ drainTimeoutMs: 5_000 });
  });
  afterEach(() => data.close());

  it("drains without breaking a request", async () => {
    let requests = 0;
    const paths = ["/tenants/acme/open/x", "/tenants/acme/open/slow?ms=150", "/tenants/acme/open/download?bytes=300000"];
    // Clients behind a load balancer that looks at readiness each 300 ms: for so long they still come.
    let noticed = false;
    const load = runLoad({ port: data.node.dataPort, connections: 24, path: () => paths[requests++ % 3] ?? "/", stop: () => noticed });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const closing = data.node.close();
    setTimeout(() => {
      noticed = true;
    }, 300);
    expect(data.node.gateway.readiness()).toMatchObject({ ready: false, reasons: ["the node is draining"] });
    await closing;
    const result = await load;
    expect(result.broken).toEqual([]);
    expect([...result.byStatus.keys()]).toEqual([200]);
    expect(result.answered).toBeGreaterThan(50);
  });

  it("drains in bounded time although a stream never ends", async () => {
    const response = await fetch(`http://127.0.0.1:${data.node.dataPort}/tenants/acme/open/sse?count=10000&ms=50`);
    const began = performance.now();
    await data.node.close();
    expect(performance.now() - began).toBeLessThan(6_500);
    await expect(response.text()).rejects.toThrow();
  });

  it("applies 200 revisions without a failed request, and decides each request by one revision alone", async () => {
    // Two facts that only ever change together: a request that saw one of each would have been decided by two revisions.
    const sections = (revision: number) => [
      fleetOf(),
      tenantOf({ slug: "acme", upstream: `${data.upstream.url}/base-${revision}`, routes: OPEN, rest: { plan: `plan-${revision}` } }),
      tenantOf({ slug: "globex", upstream: data.upstream.url, routes: OPEN }),
    ];
    let published = false;
    const load = runLoad({ port: data.node.dataPort, connections: 16, path: () => "/tenants/acme/open/x", stop: () => published });
    for (let revision = 2; revision <= 201; revision += 1) {
      await data.plane.publish(sections(revision));
      await eventually(`revision ${revision}`, () => data.plane.polls.at(-1)?.revision === revision);
    }
    published = true;
    const result = await load;
    expect(result.broken).toEqual([]);
    expect([...result.byStatus.keys()]).toEqual([200]);
    const seen = new Set<string>();
    for (const { body } of result.bodies) {
      const { url, headers } = JSON.parse(body) as EchoAnswer;
      const plan = headers[headers.findIndex((name) => name.toLowerCase() === "x-tenant-plan") + 1];
      const base = /^\/base-(\d+)\//.exec(url)?.[1];
      seen.add(base ?? "first");
      expect(plan).toBe(base === undefined ? "standard" : `plan-${base}`);
    }
    expect(seen.size).toBeGreaterThan(20);
  }, 180_000);
});
