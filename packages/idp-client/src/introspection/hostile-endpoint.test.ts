import {
  createTestCertificate,
  fixedClock,
  HOSTILE_ANSWERS,
  type HostileIdp,
  listen,
  MISBEHAVIOURS,
  scriptedResolver,
  startHostileIdp,
} from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { introspectedIdp, startAsking } from "./asked.fixture.js";

const known = { active: true, sub: "user-1" };
const closing: (() => Promise<void>)[] = [];
const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
  closing.push(thing.close);
  return thing;
};
const hostileIdp = async (options: Partial<Parameters<typeof startHostileIdp>[0]> = {}) =>
  opened(await startHostileIdp({ jwks: { keys: [] }, answer: () => known, dripMs: 20, ...options }));
const idpAt = (server: { issuer: string }, introspection: Record<string, unknown> = {}, id: `${string}/${string}` = "acme/main") =>
  introspectedIdp(id, { issuer: server.issuer, introspection: { retries: 0, timeoutMs: 400, ...introspection } });

let server: HostileIdp;
beforeEach(async () => {
  server = await hostileIdp();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe("a hostile introspection endpoint", () => {
  it.each([...MISBEHAVIOURS, ...HOSTILE_ANSWERS])(
    "in mode %s says nothing about a token, in bounded time and bytes; what was known stays, and it recovers",
    async (mode) => {
      const bench = opened(startAsking(fixedClock()));
      const idp = idpAt(server);
      await bench.ask(idp, "known");
      bench.clock.advance(30_000);
      server.setMode("introspection", mode);
      const began = performance.now();
      expect(await bench.ask(idp, "known")).toMatchObject({ state: "unavailable", last: { claims: known } });
      expect(await bench.ask(idp, "new")).toMatchObject({ state: "unavailable", last: null });
      expect(performance.now() - began).toBeLessThan(2_500);
      await new Promise((next) => setTimeout(next, 50));
      expect(server.bytesSent()).toBeLessThan(16 * 2 ** 20);
      server.setMode("introspection", "good");
      expect(await bench.ask(idp, "new")).toMatchObject({ state: "active" });
      expect(bench.kinds()).toEqual(["introspection_failed"]);
    },
  );

  it("cannot send the token or our secret elsewhere: a redirect is not followed, not even with its method kept", async () => {
    let seen = 0;
    const canary = opened(
      await listen((_request, response) => {
        seen += 1;
        response.end("{}");
      }),
    );
    const redirecting = await hostileIdp({ redirectTo: `${canary.url}/collect` });
    redirecting.setMode("introspection", "redirect");
    const bench = opened(startAsking(fixedClock()));
    expect(await bench.ask(idpAt(redirecting), "t")).toMatchObject({ state: "unavailable", reason: expect.stringContaining("redirect") });
    expect(seen).toBe(0);
  });

  it("keeps at most its bytes of answers, however long they are", async () => {
    const long = await hostileIdp({ answer: (token) => ({ ...known, token, more: "x".repeat(60_000) }) });
    const bench = opened(startAsking(fixedClock(), { maxAnswerBytes: 1_000_000 }));
    const idp = idpAt(long, { timeoutMs: 10_000 });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 4 }, (_, index) => bench.ask(idp, `t${round}-${index}`)));
      expect(bench.introspector.counts().answerBytes).toBeLessThanOrEqual(1_000_000);
    }
    expect(bench.introspector.counts().calls.active).toBe(40);
    expect(bench.ask(idp, "t9-3")).toMatchObject({ state: "active" });
  });

  it("of one tenant leaves another tenant's questions alone while hundreds hang", async () => {
    const bench = opened(startAsking(fixedClock(), {}, { maxConcurrentPerTenant: 16, maxConcurrent: 64 }));
    bench.breaker.failures = 1_000;
    const other = await hostileIdp();
    server.setMode("introspection", "hang");
    const hung = Promise.all(Array.from({ length: 500 }, (_, index) => bench.ask(idpAt(server, { timeoutMs: 1_000 }, "evil/main"), `t${index}`)));
    const began = performance.now();
    expect(await bench.ask(idpAt(other), "t")).toMatchObject({ state: "active" });
    expect(performance.now() - began).toBeLessThan(500);
    expect(new Set((await hung).map(({ state }) => state))).toEqual(new Set(["unavailable"]));
    expect(server.requests.introspection).toBeLessThanOrEqual(16);
  });
});

describe("where a question may go", () => {
  const canary = async () => {
    let connections = 0;
    const running = opened(await listen((_request, response) => response.end('{"active":true,"sub":"root"}')));
    running.server.on("connection", () => {
      connections += 1;
    });
    return { ...running, seen: () => connections };
  };

  it("is judged on the address that is connected to: one that was public when saved and leads inside when asked is refused", async () => {
    const inside = await canary();
    const lookup = scriptedResolver({ "rebinding.example": [["93.184.216.34"], ["127.0.0.1"]] });
    const bench = opened(startAsking(fixedClock(), {}, { allowedRanges: () => [], lookup }));
    const endpoint = `https://rebinding.example:${inside.port}/introspect`;
    expect(await bench.http.checkUrl(endpoint)).toMatchObject({ ok: true });
    expect(await bench.ask(idpAt(server, { endpoint }), "t")).toMatchObject({
      state: "unavailable",
      reason: expect.stringContaining("not a public"),
    });
    expect(inside.seen()).toBe(0);
    expect(lookup.asked).toEqual(["rebinding.example", "rebinding.example"]);
  });

  it.each([
    ["http://[::1]:PORT/introspect", "not a public address"],
    ["https://[::1]:PORT/introspect", "not a public address"],
    ["http://inside.example:PORT/introspect", "not a public address"],
    ["http://127.1:PORT/introspect", "plain form"],
    ["http://[::ffff:7f00:1]:PORT/", "not a public address"],
    ["https://169.254.169.254/latest/meta-data", "not a public address"],
    ["https://10.0.0.1/introspect", "not a public address"],
    ["http://93.184.216.34/introspect", "use https"],
    ["file:///etc/passwd", "not allowed"],
    ["unix:/var/run/docker.sock", "not allowed"],
  ])("is the same rule for what a discovery document names: %s", async (template, reason) => {
    let connections = 0;
    // Not every machine has IPv6; where it has, somebody listens there who must see nothing.
    const inside = await listen((_request, response) => response.end('{"active":true,"sub":"root"}'), 0, "::1").catch(() => null);
    if (inside !== null) opened(inside);
    inside?.server.on("connection", () => {
      connections += 1;
    });
    const idp = await hostileIdp({ privateUrl: template.replace("PORT", String(inside?.port ?? 9)) });
    idp.setMode("discovery", "private_endpoint");
    const lookup = scriptedResolver({ "inside.example": [["::1"]] });
    const bench = opened(startAsking(fixedClock(), {}, { allowedRanges: () => ["127.0.0.1/32"], lookup }));
    expect(await bench.ask(idpAt(idp), "t")).toMatchObject({ state: "unavailable", reason: expect.stringContaining(reason) });
    expect(idp.requests).toMatchObject({ discovery: 1, introspection: 0 });
    expect(connections).toBe(0);
  });

  it("asks nobody who cannot show a good certificate: neither token nor secret leaves", async () => {
    const tls = await hostileIdp({ tls: createTestCertificate({ hosts: ["localhost"] }) });
    const bench = opened(startAsking(fixedClock(), {}, { lookup: scriptedResolver({ localhost: [["127.0.0.1"]] }) }));
    expect(await bench.ask(idpAt(tls, { endpoint: tls.introspectionUrl }), "t")).toMatchObject({
      state: "unavailable",
      reason: expect.stringContaining("certificate"),
    });
    expect(tls.requests.introspection).toBe(0);
  });
});
