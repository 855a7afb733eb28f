import { createHash, randomBytes } from "node:crypto";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { listen, type RunningServer, rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;
const OPEN = "/tenants/acme/open";
const MEBIBYTE = 1_048_576;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("the proxy", () => {
  let data: DataPlane;
  let upstream: RunningServer;
  let behave: Behaviour = (_request, response) => response.end("ok");
  let sockets = 0;
  const url = (path = ""): string => `http://127.0.0.1:${data.node.dataPort}${OPEN}${path}`;
  const raw = (bytes: string | string[], until?: (text: string) => boolean) =>
    rawRequest({ port: data.node.dataPort, bytes, ...(until === undefined ? {} : { until }) });
  const head = (method: string, path: string, fields = "") => `${method} ${OPEN}${path} HTTP/1.1\r\nHost: api.example.test\r\n${fields}\r\n`;

  beforeAll(async () => {
    upstream = await listen((request, response) => behave(request, response));
    upstream.server.on("connection", () => {
      sockets += 1;
    });
    data = await startDataPlane({
      tenant: {
        upstream: upstream.url,
        upstreamSpec: { responseTimeoutMs: 1_000, connectTimeoutMs: 300, maxConnections: 24 },
        routes: {
          open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" }, maxRequestBodyBytes: 12 * MEBIBYTE, websocket: false },
          small: { pathPrefix: "/small", upstream: "main", authentication: { mode: "public" }, maxRequestBodyBytes: 1_000 },
        },
      },
    });
  });
  afterAll(async () => {
    await data.close();
    await upstream.close();
  });

  it("streams 10 MB up and 10 MB down at once, byte for byte", async () => {
    behave = (request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      request.pipe(response);
    };
    const sent = randomBytes(10 * MEBIBYTE);
    const response = await fetch(url("/stream"), { method: "POST", body: sent });
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(sent));
  });

  it("holds the upstream back while the client does not read", async () => {
    let written = 0;
    behave = (_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const pump = (): void => {
        while (written < 200 * MEBIBYTE && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", pump);
        }
      };
      pump();
    };
    const socket = connect(data.node.dataPort, "127.0.0.1");
    socket.pause();
    socket.write(head("GET", "/flood"));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const soon = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBe(soon);
    expect(written).toBeLessThan(64 * MEBIBYTE);
    socket.destroy();
  });

  it("holds the client back while the upstream does not read", async () => {
    behave = (request) => void request.pause();
    const socket = connect(data.node.dataPort, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(head("POST", "/sink", `Content-Length: ${11 * MEBIBYTE}\r\n`));
    const chunk = Buffer.alloc(MEBIBYTE);
    for (let count = 0; count < 11; count += 1) socket.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(socket.writableLength).toBeGreaterThan(0);
    socket.destroy();
  });

  it("ends the upstream's work when the client goes away", async () => {
    let ended = false;
    behave = (_request, response) => {
      response.writeHead(200);
      response.write("first");
      response.on("close", () => {
        ended = true;
      });
    };
    const abort = new AbortController();
    const response = await fetch(url("/abort"), { signal: abort.signal });
    expect(response.status).toBe(200);
    abort.abort();
    await eventually("the upstream's side is closed", () => ended);
  });

  it("does not let half an answer look like a whole one when the upstream dies in mid-body", async () => {
    for (const framing of [{ "content-length": 1_000 }, {}]) {
      behave = (request, response) => {
        response.writeHead(200, framing);
        response.write("half of", () => request.socket.destroy());
      };
      await expect(fetch(url("/half")).then((response) => response.text())).rejects.toThrow();
    }
    behave = (_request, response) => response.end("ok");
    expect(await (await fetch(url())).text()).toBe("ok");
  });

  it("answers 502 when the upstream breaks off before its head, 504 when it does not answer", async () => {
    behave = (request) => request.socket.destroy();
    const broken = await fetch(url("/broken"), { method: "POST", body: "x" });
    expect(broken.status).toBe(502);
    expect(await broken.json()).toMatchObject({ code: "upstream_unreachable" });
    behave = () => undefined;
    const silent = await fetch(url("/silent"), { method: "POST", body: "x" });
    expect(silent.status).toBe(504);
    expect(await silent.json()).toMatchObject({ code: "upstream_timeout" });
  });

  it.each([
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\nokHTTP/"],
    ["a length beside chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a line feed in a field", "HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: x=y\r\nContent-Length: 0\r\n\r\n"],
  ])("answers 502 to an answer that two readers could take for two: %s", async (_, answer) => {
    behave = (request) => request.socket.end(answer, "latin1");
    const response = await fetch(url("/odd"));
    expect(await response.json()).toMatchObject({ status: 502, code: "upstream_unreachable" });
  });

  it("gives nobody what an upstream said once too often", async () => {
    behave = (request, response) => {
      response.end(`for ${request.url?.split("/").at(-1)}`);
      if (request.url?.endsWith("/first")) setTimeout(() => request.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", "latin1"), 20);
    };
    expect(await (await fetch(url("/first"))).text()).toBe("for first");
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (const name of ["second", "third", "fourth"]) expect(await (await fetch(url(`/${name}`))).text()).toBe(`for ${name}`);
  });

  it("sends an idempotent request without a body again, once, when a kept connection breaks before any answer; others never", async () => {
    const seen: string[] = [];
    behave = (request) => {
      seen.push(request.method ?? "");
      request.resume();
      request.socket.destroy();
    };
    expect((await fetch(url("/flaky"))).status).toBe(502);
    expect((await fetch(url("/flaky"), { method: "POST", body: "x" })).status).toBe(502);
    expect((await fetch(url("/flaky"), { method: "PUT", body: "x" })).status).toBe(502);
    expect(seen).toEqual(["GET", "GET", "POST", "PUT"]);
  });

  it("refuses a body that grows past the route's limit while it streams, and lives on", async () => {
    behave = (request, response) => {
      request.resume();
      request.on("end", () => response.end("whole"));
    };
    const target = `http://127.0.0.1:${data.node.dataPort}/tenants/acme/small`;
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = httpRequest(target, { method: "POST" }, (incoming) => {
        let body = "";
        incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
      });
      outgoing.on("error", reject);
      outgoing.write("a".repeat(600));
      setTimeout(() => outgoing.write("a".repeat(600)), 50);
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "request_body_too_large" });
    expect((await fetch(target, { method: "POST", body: "a".repeat(1_000) })).status).toBe(200);
  });

  it("says 100 Continue only to a request that may go on", async () => {
    behave = (request, response) => {
      request.resume();
      request.on("end", () => response.end("whole"));
    };
    const allowed = await raw(`${head("POST", "/x", "Expect: 100-continue\r\nContent-Length: 3\r\n")}abc`, (text) => text.includes("whole"));
    expect(allowed.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    const refused = await raw("POST /tenants/nobody/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    expect(refused.text).toMatch(/^HTTP\/1\.1 404/);
  });

  it("answers HEAD, 204 and 304 without a body, and keeps the connection", async () => {
    behave = (request, response) => {
      const status = Number(request.url?.split("/").at(-1));
      response.writeHead(status, status === 200 ? { "content-length": 5 } : {}).end(status === 200 ? "hello" : undefined);
    };
    const pipelined = head("HEAD", "/200") + head("GET", "/204") + head("GET", "/304") + head("GET", "/200");
    const answer = await raw(pipelined, (text) => text.endsWith("hello"));
    expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 204", "HTTP/1.1 304", "HTTP/1.1 200"]);
    expect(answer.text.match(/hello/g)).toHaveLength(1);
  });

  it("answers pipelined requests in their order", async () => {
    behave = (request, response) => {
      const name = request.url?.split("/").at(-1) ?? "";
      setTimeout(() => response.end(`<${name}>`), name === "a" ? 80 : 0);
    };
    const answer = await raw(head("GET", "/a") + head("GET", "/b") + head("GET", "/c"), (text) => text.includes("<c>"));
    expect(answer.text.match(/<\w>/g)).toEqual(["<a>", "<b>", "<c>"]);
  });

  it("takes the upstream's interim answers and hop-by-hop fields for itself, and passes every other field as it came", async () => {
    behave = (_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.setHeader("Set-Cookie", ["a=1", "__Host-sallyport-acme=planted; Secure; Path=/", " __Host-sallyport.login=planted", "b=2"]);
      response.setHeader("Connection", "X-Hop, keep-alive");
      response.setHeader("X-Hop", "1");
      response.setHeader("Proxy-Authenticate", "Basic");
      response.setHeader("X-Kept", "caf\xe9");
      // A string would make node:http write the head in UTF-8 too.
      response.end(Buffer.from("ok"));
    };
    const answer = await raw(head("GET", "/x"), (text) => text.includes("ok"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("x-kept")).toEqual(["caf\xe9"]);
    for (const name of ["x-hop", "proxy-authenticate", "link"]) expect(answer.headers.has(name)).toBe(false);
  });

  it("drops a client's trailers", async () => {
    let trailers: unknown;
    behave = (request, response) => {
      request.resume();
      request.on("end", () => {
        trailers = request.trailers;
        response.end("ok");
      });
    };
    const body = "3\r\nabc\r\n0\r\nX-User-Id: root\r\n\r\n";
    expect((await raw(head("POST", "/x", "Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n") + body)).status).toBe(200);
    expect(trailers).toEqual({});
  });

  it("brings each server-sent event when it is sent, and the head before the first", async () => {
    let sink: ServerResponse | undefined;
    behave = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      sink = response;
    };
    const response = await fetch(url("/sse"));
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body?.getReader();
    for (const event of ["one", "two"]) {
      sink?.write(`data: ${event}\n\n`);
      const { value } = (await reader?.read()) ?? {};
      expect(new TextDecoder().decode(value)).toBe(`data: ${event}\n\n`);
    }
    await reader?.cancel();
  });

  it("uses an upstream's connections again", async () => {
    behave = (_request, response) => response.end("ok");
    await (await fetch(url())).text();
    const before = sockets;
    for (let count = 0; count < 20; count += 1) await (await fetch(url())).text();
    expect(sockets - before).toBeLessThanOrEqual(1);
  });

  it("keeps the next request on a connection apart from a body that nobody read", async () => {
    behave = (_request, response) => response.end("early");
    const body = "x".repeat(30_000);
    const answer = await raw(
      head("POST", "/early", `Content-Length: ${body.length}\r\n`) + body + head("GET", "/next"),
      (text) => text.match(/early/g)?.length === 2,
    );
    expect(answer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    const refused = await raw(
      `POST /tenants/nobody/x HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}${head("GET", "/next")}`,
      (text) => text.includes("early"),
    );
    expect(refused.text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
  });

  it("lets go of pipelined requests whose client has gone, also of those whose turn had not come", async () => {
    let open = 0;
    behave = (request, response) => {
      open += 1;
      response.on("close", () => {
        open -= 1;
      });
      if (request.url?.endsWith("/wait") !== true) response.end("ok");
    };
    for (let round = 0; round < 8; round += 1) {
      const socket = connect(data.node.dataPort, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(head("GET", "/wait").repeat(20));
      await eventually("the upstream is at work", () => open > 0);
      socket.destroy();
      await eventually("the upstream is left alone", () => open === 0, 700);
    }
    expect((await fetch(url("/after"))).status).toBe(200);
  });

  it("answers 502 for a port where nobody listens, and 504 for an address that swallows packets", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const address = free.address();
    const port = typeof address === "object" ? address?.port : 0;
    await new Promise((resolve) => free.close(resolve));
    const sketch = {
      upstreamSpec: { connectTimeoutMs: 300, responseTimeoutMs: 500 },
      routes: { open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } } },
    };
    const acme = data.plane.latest?.sections.get("tenants/acme");
    if (acme === undefined) throw new Error("acme is published");
    await data.plane.publish([
      fleetOf(),
      acme,
      tenantOf({ slug: "closed", upstream: `http://127.0.0.1:${port}`, ...sketch }),
      tenantOf({ slug: "hole", upstream: "http://192.0.2.1:81", ...sketch }),
    ]);
    await eventually("revision 2 runs", () => data.plane.reports.some((report) => report.outcome === "ack" && report.revision === 2));
    const at = (slug: string) => fetch(`http://127.0.0.1:${data.node.dataPort}/tenants/${slug}/open`);
    expect((await at("closed")).status).toBe(502);
    expect([502, 504]).toContain((await at("hole")).status);
  });
});
