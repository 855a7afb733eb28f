import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { listen, type RunningServer, rawRequest } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { runLoad } from "../testing/load.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** One real server that says its name, and that can be killed and brought back at its port. */
class Place {
  readonly name: string;
  behave: Behaviour;
  seen = 0;
  sockets = 0;
  #running: RunningServer | null = null;
  #port = 0;

  constructor(name: string) {
    this.name = name;
    this.behave = (_request, response) => void response.end(this.name);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<this> {
    this.#running = await listen((request, response) => {
      this.seen += 1;
      this.behave(request, response);
    }, this.#port);
    this.#running.server.on("connection", () => {
      this.sockets += 1;
    });
    this.#port = this.#running.port;
    return this;
  }

  async down(): Promise<void> {
    await this.#running?.close();
    this.#running = null;
  }
}

describe("an upstream with several targets", () => {
  let plane: TestControlPlane;
  let node: RunningGateway;
  let dataDir: string;
  let skippedMs = 0;
  let [a, b, c] = [new Place("a"), new Place("b"), new Place("c")];
  const held: ServerResponse[] = [];
  const hold: Behaviour = (_request, response) => void held.push(response);

  const publish = (spec: Record<string, unknown>, routes: Record<string, Record<string, unknown>> = {}) =>
    plane.publish([
      fleetOf(),
      tenantOf({
        slug: "acme",
        upstream: "http://127.0.0.1:9",
        routes: { open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" }, websocket: true }, ...routes },
        rest: { upstreams: { main: spec } },
      }),
    ]);
  const start = async (spec: Record<string, unknown>): Promise<void> => {
    await publish(spec);
    node = await startGateway(plane, { dataDir, monotonic: () => performance.now() + skippedMs });
    await ready(node);
  };
  const applied = (revision: number) =>
    eventually(`revision ${revision} is applied`, () => plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
  const targets = (...places: (Place | [Place, number])[]) =>
    places.map((entry) => (Array.isArray(entry) ? { url: entry[0].url, weight: entry[1] } : { url: entry.url }));
  const path = "/tenants/acme/open/x";
  const ask = (init: RequestInit = {}) => fetch(`http://127.0.0.1:${node.dataPort}${path}`, init);
  const answers = async (count: number): Promise<string> => {
    let names = "";
    for (let index = 0; index < count; index += 1) names += await (await ask()).text();
    return names;
  };
  const metrics = async () => (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
  const beat = () => plane.beats.at(-1);

  beforeEach(async () => {
    skippedMs = 0;
    [a, b, c] = [new Place("a"), new Place("b"), new Place("c")];
    [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder(), a.up(), b.up(), c.up()]);
  });
  afterEach(async () => {
    for (const response of held.splice(0)) response.end("late");
    await node.close();
    await Promise.all([plane.down(), a.down(), b.down(), c.down()]);
    await removeFolder(dataDir);
  });

  it("gives the next request to the target with the fewest under way, and takes turns by weight among equals", async () => {
    await start({ targets: targets([a, 3], b) });
    const names = await answers(8);
    expect([...names].filter((name) => name === "a")).toHaveLength(6);
    // A slow target: what it holds counts, and the next requests go where less is under way.
    a.behave = hold;
    let answered = 0;
    const slow = Array.from({ length: 4 }, () => ask().then((response) => response.text().finally(() => (answered += 1))));
    await eventually("what a does not hold is answered", () => held.length >= 1 && held.length + answered === 4);
    expect(await answers(10)).toBe("b".repeat(10));
    b.behave = hold;
    const [atA, atB] = [a.seen, b.seen];
    const more = Array.from({ length: 8 }, () => ask());
    await eventually("all are under way", () => a.seen + b.seen === atA + atB + 8);
    // Those at a before, and the eight, are shared three to one, to within a request.
    const before = held.length - 8;
    expect(Math.abs((a.seen - atA + before) / 3 - (b.seen - atB))).toBeLessThanOrEqual(1);
    for (const response of held.splice(0)) response.end("late");
    await Promise.all([...slow, ...more]);
  });

  it("fails no idempotent request while a target is killed under load, and gives it work again when it is back", async () => {
    for (const place of [a, b, c]) place.behave = (_request, response) => void setImmediate(() => response.end(place.name));
    await start({ targets: targets(a, b, c), connectTimeoutMs: 500 });
    let stop = false;
    const load = runLoad({ port: node.dataPort, connections: 24, path: () => path, stop: () => stop });
    await eventually("every target has work", () => [a, b, c].every(({ seen }) => seen > 100));
    await b.down();
    const before = a.seen;
    await eventually("the others go on", () => a.seen > before + 500);
    const dead = b.seen;
    await b.up();
    skippedMs += 20_000;
    await eventually("it has work again", () => b.seen > dead + 100);
    stop = true;
    const { byStatus, broken } = await load;
    expect(broken).toEqual([]);
    expect([...byStatus.keys()]).toEqual([200]);
    expect(await metrics()).toMatch(new RegExp(`sallyport_upstream_target_ejections_total\\{tenant="acme",upstream="main",target="${b.url}"\\} 1`));
  });

  it("sends what never reached a target to another one, whole; what is not idempotent, nowhere else", async () => {
    await start({ targets: targets(a, b), passiveHealth: { failures: 1_000 } });
    await a.down();
    b.behave = (request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk)).on("end", () => response.end(`${request.method} ${text}`));
    };
    for (let count = 0; count < 6; count += 1) {
      expect(await (await ask({ method: "PUT", body: "the whole body" })).text()).toBe("PUT the whole body");
      expect(await (await ask({ method: "DELETE" })).text()).toBe("DELETE ");
    }
    const posts: number[] = [];
    for (let count = 0; count < 6; count += 1) posts.push((await ask({ method: "POST", body: "x" })).status);
    expect(posts.filter((status) => status === 502)).toHaveLength(3);
  });

  it("tries all of them when none is left, tells of it, and goes on with the first that answers", async () => {
    await start({ targets: targets(a, b), passiveHealth: { failures: 1, ejectSeconds: 3_600, maxEjectSeconds: 3_600 } });
    await Promise.all([a.down(), b.down()]);
    for (let count = 0; count < 3; count += 1) {
      const refused = await ask();
      expect(refused.status).toBe(502);
      expect(await refused.json()).toMatchObject({ code: "upstream_unreachable" });
    }
    await eventually("the heartbeat has the problem", () =>
      beat()?.problems.some((text) => /^upstream acme\/main: none of its 2 targets can be reached: ECONNREFUSED/.test(text)),
    );
    expect(beat()?.upstreams?.map(({ state }) => state)).toEqual(["ejected", "ejected"]);
    expect(await metrics()).toContain('sallyport_upstream_targets{state="ejected"} 2');
    await b.up();
    expect(await answers(3)).toBe("bbb");
    await eventually("the problem is gone", () => beat()?.problems.length === 0);
    expect(
      beat()
        ?.upstreams?.map(({ target, state }) => [target === b.url, state])
        .sort(),
    ).toEqual([
      [false, "ejected"],
      [true, "healthy"],
    ]);
  });

  it("leaves a target out that answers with statuses which count as failed, and asks it again when its time is over", async () => {
    await start({ targets: targets(a, b), passiveHealth: { failures: 2, statuses: [503], ejectSeconds: 30 } });
    a.behave = (_request, response) => void response.writeHead(503).end("busy");
    await answers(4);
    expect(await answers(6)).toBe("bbbbbb");
    skippedMs += 31_000;
    const seen = a.seen;
    await answers(6);
    expect(a.seen).toBe(seen + 1);
    a.behave = (_request, response) => void response.end("a");
    skippedMs += 61_000;
    expect(await answers(4)).toMatch(/a/);
  });

  it("asks targets by itself, and sends nothing to those that fail their checks until they pass again", async () => {
    let sick = true;
    const health: string[] = [];
    a.behave = (request, response) => {
      if (request.url !== "/healthz?deep=1") return void response.end("a");
      health.push(request.headers["user-agent"] ?? "");
      response.writeHead(sick ? 500 : 200).end("x".repeat(100_000));
    };
    await start({
      targets: targets(a, b),
      activeHealth: { path: "/healthz?deep=1", intervalSeconds: 1, unhealthyAfter: 1, healthyAfter: 1, statuses: [200] },
    });
    await eventually("a is down", () => health.length > 0);
    await eventually("a gets nothing", async () => (await answers(4)) === "bbbb");
    b.behave = (request, response) => void response.writeHead(request.url?.startsWith("/healthz") ? 500 : 200).end("b");
    await eventually("both are down and tried all the same", async () => /a/.test(await answers(2)));
    await eventually("the problem is told", () => beat()?.problems.some((text) => text.includes("the health check was answered with 500")));
    expect(beat()?.upstreams?.map(({ state }) => state)).toEqual(["down", "down"]);
    sick = false;
    await eventually("a alone is used again", async () => (await answers(4)) === "aaaa");
    expect(health[0]).toMatch(/^sallyport\/\S+ \(health check\)$/);
  });

  it("keeps connections and health of targets that stay when the configuration changes; what is under way at a removed one ends well", async () => {
    const policy = { failures: 1, ejectSeconds: 3_600, maxEjectSeconds: 3_600 };
    await start({ targets: targets(a, b), passiveHealth: policy });
    await b.down();
    expect(await answers(4)).toBe("aaaa");
    await b.up();
    const { sockets } = a;
    await publish({ targets: targets(a, b, c), passiveHealth: policy });
    await applied(2);
    const names = await answers(6);
    expect(names).toMatch(/c/);
    expect(names).not.toMatch(/b/);
    expect(a.sockets).toBe(sockets);
    a.behave = hold;
    c.behave = hold;
    const pending = [ask(), ask()];
    await eventually("both are under way", () => held.length === 2);
    await publish({ url: b.url, passiveHealth: policy });
    await applied(3);
    expect(await answers(2)).toBe("bb");
    for (const response of held.splice(0)) response.end("late");
    expect(await Promise.all((await Promise.all(pending)).map((response) => response.text()))).toEqual(["late", "late"]);
  });

  it("opens a WebSocket at a target that is there", async () => {
    await start({ targets: targets(a, b), passiveHealth: { failures: 1_000 } });
    await a.down();
    const server = createServer();
    const opened: Socket[] = [];
    await b.down();
    server.on("upgrade", (_request, socket) => {
      opened.push(socket as Socket);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(Number(new URL(b.url).port), "127.0.0.1", resolve));
    for (let count = 0; count < 4; count += 1) {
      const socket = connect(node.dataPort, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => (text += chunk)).on("error", () => undefined);
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x.example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      await eventually("the handshake is answered", () => text.includes("\r\n\r\n"));
      expect(text).toMatch(/^HTTP\/1\.1 101 /);
      socket.destroy();
    }
    for (const socket of opened) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("with one target asks nobody else: a failure is told, and the next request tries it again", async () => {
    await start({ url: a.url });
    await a.down();
    for (let count = 0; count < 4; count += 1) expect((await ask()).status).toBe(502);
    await eventually("the problem is told", () => beat()?.problems.some((text) => text.startsWith(`upstream acme/main: ${a.url} cannot be reached`)));
    expect(beat()?.upstreams).toBeUndefined();
    await a.up();
    expect(await answers(1)).toBe("a");
    const answer = await rawRequest({ port: node.dataPort, bytes: `GET ${path} HTTP/1.1\r\nHost: x.example.test\r\nConnection: close\r\n\r\n` });
    expect(answer.text).toContain("200 OK");
  });
});
