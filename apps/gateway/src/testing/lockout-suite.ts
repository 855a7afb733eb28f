import { Agent } from "node:http";
import { lockoutIdOf, type StateStore } from "@sallyport/state-store";
import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForCode, type CodedAnswer } from "./coded-answer.js";
import { TestControlPlane } from "./control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { openStore } from "./open-store.js";
import { fleetOf, tenantOf } from "./sections.js";
import type { StoreServer } from "./store-outage.js";

interface Attempt {
  readonly tenant?: string;
  readonly path?: string;
  readonly token?: string | null;
  readonly node?: number;
}

/** Lockouts across two running nodes, over any store. Trusted proxies say which address calls. */
export function lockoutFleetSuite(name: string, startServer: () => Promise<StoreServer>): void {
  describe(`lockouts across two nodes with ${name}`, () => {
    let server: StoreServer;
    let plane: TestControlPlane;
    let upstream: EchoUpstream;
    let jwks: JwksServer;
    let store: StateStore;
    let folders: string[] = [];
    let nodes: RunningGateway[] = [];
    let addresses = 0;
    const mint = createTokenMint({ alg: "ES256" });
    const agent = new Agent({ keepAlive: true, maxSockets: 40 });

    const good = (): string =>
      mint.sign({ iss: jwks.issuer, aud: "https://api.example.test", sub: "ada", exp: Math.floor(Date.now() / 1_000) + 300 });
    /** Another guess each time: the signature of one, on claims of another. */
    const guess = (): string => `${good().slice(0, -4)}${Math.random().toString(36).slice(2, 6).padEnd(4, "A")}`;
    const freshAddress = (): string => {
      addresses += 1;
      return `203.${Math.floor(addresses / 65_536)}.${Math.floor(addresses / 256) % 256}.${addresses % 256}`;
    };

    const from = (address: string | null, { tenant = "acme", path = "/v1", token = guess(), node = 0 }: Attempt = {}): Promise<CodedAnswer> => {
      const headers = {
        ...(address !== null && { "x-forwarded-for": address }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
      };
      return askForCode({ agent, port: nodes[node]?.dataPort, path: `/tenants/${tenant}${path}`, headers });
    };
    const codesOf = async (count: number, attempt: (at: number) => Promise<CodedAnswer>): Promise<(string | number)[]> => {
      const seen: (string | number)[] = [];
      for (let at = 0; at < count; at += 1) {
        const { code, status } = await attempt(at);
        seen.push(code ?? status);
      }
      return seen;
    };
    const told = (of: string) => [...plane.events.values()].filter(({ kind, tenant }) => kind === "lockout" && tenant === of);
    const lockouts = (of: string): number => told(of).reduce((sum, { count }) => sum + count, 0);

    beforeAll(async () => {
      [server, plane, upstream, jwks, folders] = await Promise.all([
        startServer(),
        TestControlPlane.start(),
        startEchoUpstream(),
        startJwksServer({ jwks: mint.jwks() }),
        Promise.all([freshFolder(), freshFolder()]),
      ]);
      await plane.publish([
        fleetOf({ trustedProxies: ["127.0.0.1/32"], lockout: {} }),
        tenantOf({ slug: "acme", upstream: upstream.url, issuer: jwks.issuer }),
        ...["globex", "stuffed", "hasty", "slow"].map((slug) => tenantOf({ slug, upstream: upstream.url })),
        tenantOf({ slug: "watched", upstream: upstream.url, rest: { lockout: { action: "observe" } } }),
        tenantOf({ slug: "brief", upstream: upstream.url, rest: { lockout: { failures: 2, lockoutSeconds: 1, exempt: ["198.51.100.0/24"] } } }),
      ]);
      nodes = await Promise.all(folders.map((dataDir) => startGateway(plane, { dataDir, stateUrl: server.url })));
      await Promise.all(nodes.map(ready));
      store = await openStore(server.url);
    }, 120_000);
    afterAll(async () => {
      agent.destroy();
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([store?.close(), plane?.down(), upstream?.close(), jwks?.close(), server?.close(), ...folders.map(removeFolder)]);
    });
    it("the sixth attempt of an address is refused with 429 and a time to wait, at both nodes, whatever it presents", async () => {
      const address = freshAddress();
      expect(await codesOf(5, () => from(address))).toEqual(Array(5).fill("invalid_token"));
      const refused = await from(address);
      expect([refused.status, refused.code]).toEqual([429, "locked_out"]);
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(290);
      expect(refused.headers["retry-after"]).toMatch(/^(?:29\d|300)$/);
      await eventually("the other node knows", async () => (await from(address, { node: 1, token: good() })).code === "locked_out", 2_000);
      expect((await from(address, { token: good() })).code).toBe("locked_out");
      // What takes no credential is nobody's guess; and it is this address at this tenant alone.
      expect((await from(address, { path: "/open", token: null })).status).toBe(200);
      expect((await from(address, { tenant: "globex" })).code).toBe("invalid_token");
      expect((await from(freshAddress(), { token: good() })).status).toBe(200);
    });

    it("makes one security event of one lockout, whichever nodes saw the failures", async () => {
      const address = freshAddress();
      await codesOf(12, (at) => from(address, { tenant: "slow", node: at % 2 }));
      const event = await eventually("it is told", () => told("slow")[0]);
      const detail = `${address} failed to authenticate 5 times within 300 s and is locked out for 300 s`;
      expect(event).toMatchObject({ kind: "lockout", clientIp: address, code: "invalid_token", detail });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(lockouts("slow")).toBe(1);
    });

    it("never counts what presents nothing, or what was good until its time was over", async () => {
      const address = freshAddress();
      const old = mint.sign({ iss: jwks.issuer, aud: "https://api.example.test", sub: "ada", exp: Math.floor(Date.now() / 1_000) - 300 });
      expect(await codesOf(8, () => from(address, { token: null }))).toEqual(Array(8).fill("missing_token"));
      expect(await codesOf(8, () => from(address, { token: old }))).toEqual(Array(8).fill("token_expired"));
      expect((await from(address, { token: good() })).status).toBe(200);
    });

    it("holds a run from 1,000 addresses to the policy at both nodes, while somebody with a good token notices nothing", async () => {
      const stuffing = Array.from({ length: 1_000 }, freshAddress);
      const victim = freshAddress();
      const evaluated: number[] = [];
      const victims: number[] = [];
      const started = performance.now();
      const work = stuffing.entries();
      const worker = async (): Promise<void> => {
        for (const [at, address] of work) {
          const codes = await codesOf(8, (attempt) => from(address, { tenant: "stuffed", node: attempt % 2 }));
          evaluated.push(codes.filter((code) => code === "invalid_token").length);
          if (at % 25 === 0) victims.push((await from(victim, { token: good(), node: at % 2 })).status);
        }
      };
      await Promise.all(Array.from({ length: 20 }, worker));
      expect(performance.now() - started).toBeLessThan(60_000);
      // A node that has not heard of the last failure elsewhere may look at one more; never at more than it would alone.
      expect(evaluated).toHaveLength(1_000);
      expect(Math.min(...evaluated)).toBeGreaterThanOrEqual(5);
      expect(Math.max(...evaluated)).toBeLessThanOrEqual(8);
      expect(evaluated.reduce((sum, count) => sum + count, 0)).toBeLessThan(6_200);
      expect(victims).toEqual(Array(40).fill(200));
      expect((await store.lockouts.list("stuffed", 1)).total).toBe(1_000);
      // A node that the store did not answer in time tells of what it counted alone, and another one may tell of the same.
      await eventually("each is told of, in few events", () => lockouts("stuffed") >= 1_000, 30_000);
      expect(lockouts("stuffed")).toBeLessThan(1_050);
      expect(told("stuffed").length).toBeLessThan(200);
    }, 90_000);

    it("holds one address with 1,000 guesses in parallel to the policy", async () => {
      const address = freshAddress();
      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, at) => from(address, { tenant: "hasty", node: at % 2 })));
      const evaluated = answers.filter(({ code }) => code === "invalid_token").length;
      // At once, before any node can have heard of another: what each lets try by itself.
      expect(evaluated).toBeGreaterThanOrEqual(5);
      expect(evaluated).toBeLessThanOrEqual(10);
      expect(answers.filter(({ code }) => code === "locked_out")).toHaveLength(1_000 - evaluated);
      await eventually("one lockout", () => lockouts("hasty") === 1);
    });

    it("counts the addresses of one IPv6 subscriber together", async () => {
      expect(await codesOf(6, (at) => from(`2001:db8:77:1::${at + 1}`))).toEqual([...Array(5).fill("invalid_token"), "locked_out"]);
      expect((await from("2001:db8:77:2::1")).code).toBe("invalid_token");
    });

    it("never locks out a trusted proxy that does not say who calls, nor an exempt address", async () => {
      expect(await codesOf(8, () => from(null))).toEqual(Array(8).fill("invalid_token"));
      expect(await codesOf(8, () => from("198.51.100.7", { tenant: "brief" }))).toEqual(Array(8).fill("invalid_token"));
    });

    it("only observes where the policy says so: told of, and nobody is refused", async () => {
      const address = freshAddress();
      expect(await codesOf(8, () => from(address, { tenant: "watched" }))).toEqual(Array(8).fill("invalid_token"));
      await eventually("it is told", () => lockouts("watched") === 1);
    });

    it("ends by itself", async () => {
      const address = freshAddress();
      expect(await codesOf(3, () => from(address, { tenant: "brief" }))).toEqual(["invalid_token", "invalid_token", "locked_out"]);
      await eventually("it may try again", async () => (await from(address, { tenant: "brief" })).code === "invalid_token", 3_000);
    });

    it("ends at both nodes within about a second of an unlock, and counts from the beginning", async () => {
      const address = freshAddress();
      await codesOf(6, () => from(address));
      await eventually("both know", async () => (await from(address, { node: 1, token: good() })).code === "locked_out", 2_000);
      const began = performance.now();
      expect(await store.lockouts.unlock("acme", lockoutIdOf({ tenant: "acme", address, username: null }))).toMatchObject({ address, failures: 5 });
      for (const node of [0, 1])
        await eventually("it may try again", async () => (await from(address, { node, token: good() })).status === 200, 3_000);
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(await codesOf(6, () => from(address))).toEqual([...Array(5).fill("invalid_token"), "locked_out"]);
    });

    it("holds at each node while the store is away, says so, and is the fleet's again when it is back", async () => {
      const [before, during] = [freshAddress(), freshAddress()];
      await codesOf(6, () => from(before));
      await eventually("both know", async () => (await from(before, { node: 1 })).code === "locked_out", 2_000);
      await server.halt();
      await eventually("the control plane is told", () =>
        plane.beats.some(({ problems }) => problems.some((sentence) => sentence.startsWith("failed authentications count at this node alone"))),
      );
      // Nobody is let in again by an outage, nobody is locked out by it, and nobody has more than one node's tries at each node.
      for (const node of [0, 1]) {
        expect((await from(before, { node })).code).toBe("locked_out");
        expect((await from(freshAddress(), { node, token: good() })).status).toBe(200);
      }
      expect(await codesOf(6, () => from(during))).toEqual([...Array(5).fill("invalid_token"), "locked_out"]);
      expect((await from(during, { node: 1, token: good() })).status).toBe(200);
      await eventually("it is told", () => told("acme").some(({ detail }) => detail.startsWith(during)));
      await server.start();
      await eventually("the other node knows", async () => (await from(during, { node: 1, token: good() })).code === "locked_out", 15_000);
      const { lockouts: listed } = await store.lockouts.list("acme", 500);
      expect(listed.find(({ address }) => address === during)).toMatchObject({ failures: 5 });
      await eventually(
        "the problem is over",
        () => !(plane.beats.at(-1)?.problems ?? []).some((sentence) => sentence.includes("failed authentications")),
      );
    }, 60_000);
  });
}
