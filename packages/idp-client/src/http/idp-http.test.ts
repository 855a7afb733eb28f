import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createTestCertificate, createTokenMint, type JwksServer, listen, startJwksServer, type TestCertificate } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdpHttp, type IdpHttp, type IdpHttpOptions } from "./idp-http.js";
import type { FetchReason } from "./outcome.js";

const LOOPBACK = ["127.0.0.0/8"];
let server: JwksServer;
const closing: (() => Promise<void>)[] = [];
const client = (options: Partial<IdpHttpOptions> = {}): IdpHttp => {
  const http = createIdpHttp({ allowedRanges: () => LOOPBACK, ...options });
  closing.push(http.close);
  return http;
};

beforeEach(async () => {
  server = await startJwksServer({ jwks: createTokenMint({ alg: "ES256", kid: "k" }).jwks() });
  closing.push(server.close);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe("a document", () => {
  it("comes with its size, time, date and peer", async () => {
    const answer = await client().getJson(server.jwksUrl);
    expect(answer).toMatchObject({ ok: true, status: 200, json: { keys: [{ kid: "k" }] }, connection: { address: "127.0.0.1", certificate: null } });
    expect(answer.ok && answer.bytes > 50 && Math.abs((answer.date ?? 0) - Date.now()) < 3_000).toBe(true);
  });

  it("is fetched over kept connections, a bounded number of them", async () => {
    let sockets = 0;
    const slow = await listen((_request, response) => setTimeout(() => response.end("{}"), 5));
    closing.push(slow.close);
    slow.server.on("connection", () => {
      sockets += 1;
    });
    const http = client({ maxSocketsPerHost: 3, maxConcurrentPerTenant: 20 });
    for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 20 }, () => http.getJson(`${slow.url}/`)));
    expect(sockets).toBeLessThanOrEqual(3);
  });
});

describe("connections to one host", () => {
  it("are as many as are allowed while they are needed, and few when they are not", async () => {
    const sockets = new Set<object>();
    let most = 0;
    const slow = await listen((_request, response) => setTimeout(() => response.end("{}"), 20));
    closing.push(slow.close);
    slow.server.on("connection", (socket) => {
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.once("close", () => sockets.delete(socket));
    });
    const http = client({ maxSocketsPerHost: 10, maxIdlePerHost: 3, maxConcurrent: 50, maxConcurrentPerTenant: 50 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => http.getJson(`${slow.url}/`)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(most).toBeLessThanOrEqual(10);
    expect(most).toBeGreaterThan(3);
    await expect.poll(() => sockets.size, { timeout: 5_000 }).toBeLessThanOrEqual(3);
    // The kept ones serve the next calls.
    expect(await http.getJson(`${slow.url}/`)).toMatchObject({ ok: true });
    expect(sockets.size).toBeGreaterThan(0);
  });
});

describe("a hostile IdP", () => {
  const MODES: readonly (readonly [Parameters<JwksServer["setMode"]>[0], FetchReason])[] = [
    ["hang", "timeout"],
    ["drip", "timeout"],
    ["huge", "too_large"],
    ["lying_length", "too_large"],
    ["gzip_bomb", "encoded"],
    ["gzip", "encoded"],
    ["many_keys", "too_large"],
    ["html", "not_json"],
    ["truncated", "not_json"],
    ["error_500", "bad_status"],
    ["redirect", "redirect"],
    ["reset", "broken_answer"],
  ];

  it.each(MODES)("in mode %s is given up with %s, in bounded time and bytes, and the client lives", async (mode, reason) => {
    const http = client();
    server.setMode(mode);
    const began = performance.now();
    // Only what never answers should run into the time-out: a busy machine must not count as one.
    const answer = await http.getJson(server.jwksUrl, { timeoutMs: reason === "timeout" ? 500 : 10_000, maxBytes: 65_536 });
    expect(answer).toMatchObject({ ok: false, reason });
    expect(performance.now() - began).toBeLessThan(2_500);
    await new Promise((next) => setTimeout(next, 50));
    expect(server.bytesSent()).toBeLessThan(8 * 2 ** 20);
    server.setMode("good");
    expect(await http.getJson(server.jwksUrl)).toMatchObject({ ok: true });
  });

  it("cannot send us elsewhere: a redirect is named and not followed", async () => {
    const canary = await startJwksServer({ jwks: { keys: [] } });
    closing.push(canary.close);
    server.setMode("redirect", { redirectTo: canary.jwksUrl });
    expect(await client().getJson(server.jwksUrl)).toMatchObject({ ok: false, reason: "redirect", detail: expect.stringContaining(canary.jwksUrl) });
    expect(canary.requests).toEqual({ jwks: 0, discovery: 0, other: 0 });
  });

  it("holds only its own tenant's places: another tenant's call passes while 200 hang", async () => {
    const http = client();
    server.setMode("hang");
    const other = await startJwksServer({ jwks: { keys: [] } });
    closing.push(other.close);
    const hung = Promise.all(Array.from({ length: 200 }, () => http.getJson(server.jwksUrl, { timeoutMs: 1_500, tenant: "hostile" })));
    const answer = await http.getJson(other.jwksUrl, { timeoutMs: 1_500, tenant: "acme" });
    expect(answer).toMatchObject({ ok: true });
    expect(answer.ms).toBeLessThan(700);
    const reasons = (await hung).map((each) => (each.ok ? "ok" : each.reason));
    expect(new Set(reasons)).toEqual(new Set(["timeout", "busy"]));
    expect(server.requests.jwks).toBeLessThanOrEqual(4);
  });
});

describe("where a call may go", () => {
  it("is judged on the address that is connected to: a name that was public when saved and leads inside when called is refused", async () => {
    let asked = 0;
    let connections = 0;
    const canary = await listen((_request, response) => response.end("{}"));
    closing.push(canary.close);
    canary.server.on("connection", () => {
      connections += 1;
    });
    const http = client({
      allowedRanges: () => [],
      lookup: async () => {
        asked += 1;
        return [{ address: asked === 1 ? "93.184.216.34" : "127.0.0.1", family: 4 }];
      },
    });
    const url = `https://rebinding.example:${canary.port}/jwks`;
    expect(await http.checkUrl(url)).toMatchObject({ ok: true });
    expect(await http.getJson(url)).toMatchObject({ ok: false, reason: "address_refused" });
    expect(asked).toBe(2);
    expect(connections).toBe(0);
  });

  it("allows http only inside the operator's ranges, and follows a change of the ranges at once", async () => {
    let ranges: string[] = LOOPBACK;
    const http = client({ allowedRanges: () => ranges });
    expect(await http.getJson(server.jwksUrl)).toMatchObject({ ok: true });
    ranges = ["10.0.0.0/8"];
    expect(await http.getJson(server.jwksUrl)).toMatchObject({ ok: false, reason: "address_refused" });
    ranges = LOOPBACK;
    expect(await http.getJson(server.jwksUrl)).toMatchObject({ ok: true });
    expect(server.requests.jwks).toBe(2);
    const open = client({ allowedRanges: () => [], lookup: async () => [{ address: "93.184.216.34", family: 4 }] });
    expect(await open.getJson("http://id.example.com/jwks")).toMatchObject({
      ok: false,
      reason: "address_refused",
      detail: expect.stringContaining("use https"),
    });
  });

  it("does not wait longer for a resolver than for anything else", async () => {
    const http = client({ lookup: () => new Promise(() => undefined) });
    const began = performance.now();
    expect(await http.getJson("https://slow.example/", { timeoutMs: 200 })).toMatchObject({ ok: false, reason: "timeout" });
    expect(await http.checkUrl("https://slow.example/", { timeoutMs: 200 })).toMatchObject({ ok: false, reason: "dns_failed" });
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe("TLS", () => {
  const serve = async (certificate: TestCertificate) => {
    const tls = createTlsServer(certificate, (_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    await new Promise((ready) => tls.once("listening", ready));
    closing.push(
      () =>
        new Promise((done) => {
          tls.close(() => done());
          tls.closeAllConnections();
        }),
    );
    return `https://localhost:${(tls.address() as AddressInfo).port}/`;
  };
  const DAY = 86_400_000;
  const atHome = { lookup: async () => [{ address: "127.0.0.1", family: 4 as const }] };

  it("accepts a certificate of an authority that the operator added, and tells until when it is valid", async () => {
    const certificate = createTestCertificate({ hosts: ["localhost"], notAfter: Date.now() + 40 * DAY });
    const answer = await client({ ...atHome, certificates: () => ({ authorities: certificate.cert, trustPublic: true }) }).getJson(
      await serve(certificate),
    );
    expect(answer).toMatchObject({ ok: true, connection: { certificate: { issuer: "Sallyport test" } } });
    expect(Math.round(((answer.connection?.certificate?.validTo ?? 0) - Date.now()) / DAY)).toBe(40);
  });

  it.each([
    ["of an unknown authority", { hosts: ["localhost"] }, false],
    ["that has expired", { hosts: ["localhost"], notBefore: Date.now() - 3 * DAY, notAfter: Date.now() - DAY }, true],
    ["of another host", { hosts: ["elsewhere.example"] }, true],
  ] as const)("refuses a certificate %s", async (_what, options, trusted) => {
    const certificate = createTestCertificate(options);
    const answer = await client({
      ...atHome,
      ...(trusted ? { certificates: () => ({ authorities: certificate.cert, trustPublic: true }) } : {}),
    }).getJson(await serve(certificate));
    expect(answer).toMatchObject({ ok: false, reason: "tls_failed" });
  });
});
