import { Agent } from "node:http";
import type { StateStore } from "@sallyport/state-store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForCode, type CodedAnswer } from "./coded-answer.js";
import { TestControlPlane } from "./control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { type LoginUpstream, startLoginUpstream } from "./login-upstream.js";
import { openStore } from "./open-store.js";
import { fleetOf, tenantOf } from "./sections.js";
import type { StoreServer } from "./store-outage.js";

interface Attempt {
  readonly tenant?: string;
  readonly path?: string;
  readonly address?: string;
  readonly node?: number;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

const login = (usernameField = "username", more: Record<string, unknown> = {}) => ({ usernameField, ...more });
const open = (pathPrefix: string, more: Record<string, unknown> = {}) => ({
  pathPrefix,
  upstream: "main",
  authentication: { mode: "public" },
  ...more,
});
const ROUTES = {
  login: open("/login", { upstreamLogin: login() }),
  web: open("/web", { upstreamLogin: login("user", { failedHeader: { name: "Location", value: "/web?error" } }) }),
  other: open("/other"),
};

/** Logins that the upstream does itself, through two running nodes, over any store. */
export function upstreamLoginSuite(name: string, startServer: () => Promise<StoreServer>): void {
  describe(`logins of an upstream, counted in ${name}`, () => {
    let server: StoreServer;
    let plane: TestControlPlane;
    let upstream: LoginUpstream;
    let store: StateStore;
    let folders: string[] = [];
    let nodes: RunningGateway[] = [];
    let addresses = 0;
    const agent = new Agent({ keepAlive: true, maxSockets: 1_100 });
    const freshAddress = (): string => {
      addresses += 1;
      return `198.18.${Math.floor(addresses / 250)}.${addresses % 250}`;
    };

    const send = (
      body: string | Buffer,
      { tenant = "acme", path = "/login", address = freshAddress(), node = 0, type = "application/json", headers = {} }: Attempt = {},
    ): Promise<CodedAnswer> =>
      askForCode(
        {
          ...{ agent, port: nodes[node]?.dataPort, method: "POST", path: `/tenants/${tenant}${path}` },
          headers: { "x-forwarded-for": address, "content-type": type, "content-length": Buffer.byteLength(body), ...headers },
        },
        body,
      );
    const attempt = (username: string, password: string, more: Attempt = {}): Promise<CodedAnswer> =>
      send(JSON.stringify({ username, password }), more);
    const seen = ({ code, status }: CodedAnswer): string | number => code ?? status;
    const told = (of: string) => [...plane.events.values()].filter(({ kind, tenant }) => kind === "lockout" && tenant === of);

    beforeAll(async () => {
      [server, plane, upstream, folders] = await Promise.all([
        startServer(),
        TestControlPlane.start(),
        startLoginUpstream(),
        Promise.all([freshFolder(), freshFolder()]),
      ]);
      const tenant = (slug: string, rest: Record<string, unknown> = {}) => tenantOf({ slug, upstream: upstream.url, routes: ROUTES, rest });
      // Who tries one username slowly would not be stopped by the address's own rule.
      const patient = { failures: 100, username: { failures: 3 } };
      await plane.publish([
        fleetOf({ trustedProxies: ["127.0.0.1/32"], lockout: {} }),
        ...["acme", "stuffed", "sprayed"].map((slug) => tenant(slug)),
        tenant("patient", { lockout: patient }),
      ]);
      nodes = await Promise.all(folders.map((dataDir) => startGateway(plane, { dataDir, stateUrl: server.url })));
      await Promise.all(nodes.map(ready));
      store = await openStore(server.url);
    }, 120_000);
    afterAll(async () => {
      agent.destroy();
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([store?.close(), plane?.down(), upstream?.close(), server?.close(), ...folders.map(removeFolder)]);
    });

    it("go on byte for byte, whatever form they have and however they are framed", async () => {
      const json = '{ "password" : "right",\n "Username": "Ad\\u0061" , "x":1.0e2}';
      const form = "password=right&username=%41da+&x=%e2%82%ac";
      const multipart = `--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nAda\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nright\0\xff\r\n--b--\r\n`;
      const cases: [string | Buffer, Attempt][] = [
        [json, {}],
        [form, { type: "application/x-www-form-urlencoded" }],
        [Buffer.from(multipart, "latin1"), { type: "multipart/form-data; boundary=b" }],
        [json, { headers: { expect: "100-continue" } }],
      ];
      for (const [body, how] of cases) {
        expect((await send(body, how)).status).toBe(200);
        expect(upstream.bodies.at(-1)).toEqual(Buffer.from(body as string));
      }
      const chunked = await fetch(`http://127.0.0.1:${nodes[0]?.dataPort}/tenants/acme/login`, {
        ...{ method: "POST", headers: { "content-type": "application/json" }, duplex: "half" },
        body: new Blob(['{"username":"ada",', '"password":"right"}']).stream(),
      } as RequestInit);
      expect([chunked.status, String(upstream.bodies.at(-1))]).toEqual([200, '{"username":"ada","password":"right"}']);
      expect((await send(`{"username":"ada","password":"right","x":"${"x".repeat(65_000)}"}`)).status).toBe(200);
    });

    it("are refused where the body is too large or has no single meaning, and the upstream hears of none of them", async () => {
      const before = upstream.bodies.length;
      const large = `{"username":"ada","password":"right","x":"${"x".repeat(66_000)}"}`;
      expect(seen(await send(large))).toBe("request_body_too_large");
      const streamed = await fetch(`http://127.0.0.1:${nodes[0]?.dataPort}/tenants/acme/login`, {
        ...{ method: "POST", headers: { "content-type": "application/json" }, duplex: "half" },
        body: new Blob([large]).stream(),
      } as RequestInit);
      expect(streamed.status).toBe(413);
      for (const body of ["{", '{"username":"ada","username":"bob"}', '["ada"]', '{"username":7}'])
        expect(seen(await send(body))).toBe("bad_request");
      expect(seen(await attempt("ada", "right", { headers: { "content-encoding": "gzip" } }))).toBe("bad_request");
      expect(seen(await attempt("ada", "right", { type: "text/plain" }))).toBe("bad_request");
      expect(upstream.bodies).toHaveLength(before);
      // What is no login streams as ever, also beyond 64 KiB.
      expect((await send(large, { path: "/other" })).status).toBe(200);
      expect((await send("{right", { path: "/other" })).status).toBe(200);
    });

    it("one address against 1,000 usernames is held to five", async () => {
      const address = freshAddress();
      const answers: (string | number)[] = [];
      for (let at = 0; at < 1_000; at += 1) answers.push(seen(await attempt(`user-${at}`, "guess", { tenant: "sprayed", address, node: at % 2 })));
      const tried = answers.filter((answer) => answer === 401).length;
      expect(tried).toBeGreaterThanOrEqual(5);
      expect(tried).toBeLessThanOrEqual(8);
      expect(answers.slice(20)).toEqual(Array(980).fill("locked_out"));
      // Also what would have been right.
      expect(seen(await attempt("user-7", "right", { tenant: "sprayed", address }))).toBe("locked_out");
      expect((await attempt("user-7", "right", { tenant: "sprayed" })).status).toBe(200);
      const event = await eventually("it is told", () => told("sprayed")[0]);
      expect(event).toMatchObject({ route: "login", clientIp: address });
    }, 60_000);

    it("1,000 addresses against one username have five tries each, slower and slower, and whose it is gets in all the time", async () => {
      const [home, elsewhere] = [freshAddress(), freshAddress()];
      expect((await attempt("Victim", "right", { tenant: "stuffed", address: home })).status).toBe(200);
      const tried: number[] = [];
      const run = Promise.all(
        Array.from({ length: 1_000 }, async (_, at) => {
          const address = freshAddress();
          await new Promise((resolve) => setTimeout(resolve, at * 3));
          let failed = 0;
          for (let each = 0; each < 6; each += 1)
            failed += seen(await attempt("victim", `guess-${each}`, { tenant: "stuffed", address, node: at % 2 })) === 401 ? 1 : 0;
          tried.push(failed);
        }),
      );
      const began = performance.now();
      const isSlowed = async (): Promise<boolean> => {
        const { lockouts } = await store.lockouts.list("stuffed", 500);
        return lockouts.some(({ address, username }) => address === "*" && username === "victim");
      };
      // The store's client shares one process with two nodes and a thousand others.
      await eventually("the username is slowed down", () => isSlowed().catch(() => false));
      let isOver = false;
      run.finally(() => {
        isOver = true;
      });
      const waits: number[] = [];
      for (let at = 0; !isOver; at += 1) {
        const asked = performance.now();
        expect((await attempt("victim", "right", { tenant: "stuffed", address: home, node: at % 2 })).status).toBe(200);
        waits.push(performance.now() - asked);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      await run;
      // Three of five tries at least were held for seconds.
      expect(performance.now() - began).toBeGreaterThan(8_000);
      expect(waits.length).toBeGreaterThan(10);
      expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(1_000);
      expect(tried).toHaveLength(1_000);
      expect(Math.max(...tried)).toBe(5);
      // From an address that nobody has seen before it takes a while, and no more.
      const asked = performance.now();
      expect((await attempt("victim", "right", { tenant: "stuffed", address: elsewhere })).status).toBe(200);
      const first = performance.now() - asked;
      expect(first).toBeGreaterThan(2_000);
      expect(first).toBeLessThan(12_000);
      const place = { tenant: "stuffed", address: elsewhere, username: "victim" };
      await eventually("the store knows", () => store.lockouts.hasSucceeded(place).catch(() => false));
      const known = performance.now();
      expect((await attempt("victim", "right", { tenant: "stuffed", address: elsewhere, node: 1 })).status).toBe(200);
      expect(performance.now() - known).toBeLessThan(1_000);
      expect(told("stuffed").length).toBeGreaterThan(0);
    }, 120_000);

    it("who tries one username slowly is locked out of it at that address, and of nothing else", async () => {
      const address = freshAddress();
      const answers: (string | number)[] = [];
      for (let at = 0; at < 5; at += 1) answers.push(seen(await attempt("ada", "guess", { tenant: "patient", address })));
      expect(answers).toEqual([401, 401, 401, "locked_out", "locked_out"]);
      const refused = await attempt(" ADA ", "right", { tenant: "patient", address });
      expect(seen(refused)).toBe("locked_out");
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(890);
      expect((await attempt("bob", "right", { tenant: "patient", address })).status).toBe(200);
      expect((await attempt("ada", "right", { tenant: "patient" })).status).toBe(200);
      await eventually(
        "the other node knows",
        async () => seen(await attempt("ada", "right", { tenant: "patient", address, node: 1 })) === "locked_out",
        2_000,
      );
      const { lockouts } = await store.lockouts.list("patient", 10);
      const here = { address, username: "ada", failures: 3, reason: "upstream_401" };
      expect(lockouts).toHaveLength(2);
      expect(lockouts).toEqual(expect.arrayContaining([expect.objectContaining(here), expect.objectContaining({ ...here, address: "*" })]));
      const event = await eventually("it is told", () => told("patient").find(({ detail }) => detail.startsWith(address)));
      expect(event).toMatchObject({ subject: "ada", clientIp: address });
    });

    it("fail by the answer's field where the route says so", async () => {
      const address = freshAddress();
      const answers: (string | number)[] = [];
      for (let at = 0; at < 6; at += 1)
        answers.push(seen(await send(`user=ada&password=guess-${at}`, { path: "/web", type: "application/x-www-form-urlencoded", address })));
      expect(answers).toEqual([303, 303, 303, 303, 303, "locked_out"]);
      for (let at = 0; at < 8; at += 1)
        expect(
          (await send("user=ada&password=right", { path: "/web", type: "application/x-www-form-urlencoded", address: "198.19.0.1" })).status,
        ).toBe(200);
    });
  });
}
