import { Agent, request } from "node:http";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { fleetOf, tenantOf } from "./sections.js";
import type { StoreServer } from "./store-outage.js";

const SECONDS = 4;
const open = (pathPrefix: string) => ({ pathPrefix, upstream: "main", authentication: { mode: "public" } });
const limitOf = (route: string, more: Record<string, unknown>) => ({ key: ["route"], windowSeconds: 1, routes: [route], ...more });

/** Limits that hold across three running nodes, over any store. */
export function fleetLimitsSuite(name: string, startServer: () => Promise<StoreServer>): void {
  describe(`limits across three nodes with ${name}`, () => {
    let server: StoreServer;
    let plane: TestControlPlane;
    let upstream: EchoUpstream;
    let folders: string[] = [];
    let nodes: RunningGateway[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 40 });

    beforeAll(async () => {
      [server, plane, upstream, folders] = await Promise.all([
        startServer(),
        TestControlPlane.start(),
        startEchoUpstream(),
        Promise.all([freshFolder(), freshFolder(), freshFolder()]),
      ]);
      const routes = { busy: open("/busy"), few: open("/few"), own: open("/own") };
      const rateLimitPolicies = {
        busy: limitOf("busy", { limit: 200, burst: 20 }),
        few: limitOf("few", { limit: 6, windowSeconds: 3_600, burst: 6 }),
        own: limitOf("own", { limit: 1, windowSeconds: 3_600, burst: 2, scope: "node" }),
      };
      await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url, routes, rest: { rateLimitPolicies } })]);
      nodes = await Promise.all(folders.map((dataDir) => startGateway(plane, { dataDir, stateUrl: server.url })));
      await Promise.all(nodes.map(ready));
      await eventually("the nodes have seen each other", async () => (await Promise.all(nodes.map(seenBy))).every((seen) => seen === "1 3"));
    }, 120_000);
    afterAll(async () => {
      agent.destroy();
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([plane?.down(), upstream?.close(), server?.close(), ...folders.map(removeFolder)]);
    });

    /** What a node says of its counting: whether it is shared, and with how many. */
    const seenBy = async (node: RunningGateway): Promise<string> => {
      const text = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
      const read = (metric: string): string => new RegExp(`^${metric} (\\S+)$`, "m").exec(text)?.[1] ?? "";
      return `${read("sallyport_limits_shared")} ${read("sallyport_limits_nodes")}`;
    };

    const get = (node: RunningGateway, path: string): Promise<{ status: number; retryAfter: string | undefined }> =>
      new Promise((resolve, reject) => {
        const sent = request({ agent, port: node.dataPort, host: "127.0.0.1", path: `/tenants/acme${path}` }, (response) => {
          response.resume();
          response.on("end", () => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] }));
        });
        sent.on("error", reject).end();
      });

    /** Sends so many requests to each node every 10 ms, and counts what passes. */
    const load = async (seconds: number, weights: readonly number[]): Promise<Map<number, number>> => {
      const statuses = new Map<number, number>();
      const sent: Promise<void>[] = [];
      const end = performance.now() + seconds * 1_000;
      for (let next = performance.now(); performance.now() < end; next += 10) {
        nodes.forEach((node, index) => {
          for (let each = 0; each < (weights[index] ?? 0); each += 1) {
            sent.push(get(node, "/busy").then(({ status }) => void statuses.set(status, (statuses.get(status) ?? 0) + 1)));
          }
        });
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next + 10 - performance.now())));
      }
      await Promise.all(sent);
      return statuses;
    };

    it.each([
      ["at all of them", [2, 2, 2]],
      ["at one of them", [6, 0, 0]],
    ])("let pass in sum what one node would, with the load %s", async (_, weights) => {
      // Of earlier loads nothing is left: the bucket is full again.
      await new Promise((resolve) => setTimeout(resolve, 500));
      const statuses = await load(SECONDS, weights);
      expect([...statuses.keys()].sort()).toEqual([200, 429]);
      const share = (statuses.get(200) ?? 0) / (200 * SECONDS + 20);
      // Three nodes and their clients in one process: what waits for it is not let pass in time. The model's tests are closer.
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.06);
    });

    it("count small numbers together, wherever they come", async () => {
      const statuses: number[] = [];
      for (let index = 0; index < 12; index += 1) {
        const { status, retryAfter } = await get(nodes[index % 3] as RunningGateway, "/few");
        statuses.push(status);
        if (status === 429) expect(Number(retryAfter)).toBeGreaterThan(0);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      // A node may not know yet of the last one that passed elsewhere: at most one more for each other node.
      const passed = statuses.filter((status) => status === 200).length;
      expect(passed).toBeGreaterThanOrEqual(6);
      expect(passed).toBeLessThanOrEqual(8);
      expect(statuses.slice(8)).toEqual([429, 429, 429, 429]);
    });

    it("that say so are each node's own", async () => {
      for (const node of nodes) {
        const answers = [await get(node, "/own"), await get(node, "/own"), await get(node, "/own")];
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
      }
    });

    it("fall back to a third at each node while the store is away, say so, and come back by themselves", async () => {
      await server.halt();
      await eventually("each node counts alone", async () => (await Promise.all(nodes.map(seenBy))).every((seen) => seen === "0 3"));
      const began = performance.now();
      const alone = await load(2, [3, 3, 3]);
      expect(performance.now() - began).toBeLessThan(6_000);
      expect([...alone.keys()].sort()).toEqual([200, 429]);
      // Never open: what passes is the policy, and each node's share of a burst.
      expect(alone.get(200) ?? 0).toBeLessThan(200 * 2 * 1.15 + 60);
      expect(alone.get(200) ?? 0).toBeGreaterThan(200 * 2 * 0.85);
      await eventually("the control plane is told", () =>
        (plane.beats.at(-1)?.problems ?? []).some((sentence) => sentence.startsWith("rate limits count at this node alone")),
      );
      await server.start();
      await eventually("they count together again", async () => (await Promise.all(nodes.map(seenBy))).every((seen) => seen.startsWith("1 ")));
    });
  });
}
