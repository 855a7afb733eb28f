import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, constants } from "node:http2";
import { connect } from "node:tls";
import { type EchoAnswer, issueCertificate, listen, type RunningServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateFolder } from "../testing/certificate-files.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually, removeFolder } from "../testing/gateway.js";
import { ask, connectHttp2 } from "../testing/http2-client.js";
import { block, END_HEADERS, END_STREAM, FRAME, type Frame, frame, openRawHttp2, rawHttp2, statusOf } from "../testing/raw-http2.js";

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;
const MEBIBYTE = 1_048_576;
const NAME = "api.example.test";
const OPEN = "/tenants/acme/open";
const certificate = issueCertificate({ commonName: NAME, hosts: [NAME] });
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const echo: Behaviour = (request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.rawHeaders }));
};

async function startPlane(upstreamUrl: string, more: { drainTimeoutMs?: number } = {}): Promise<{ data: DataPlane; folder: string }> {
  const folder = await certificateFolder({ main: certificate });
  const data = await startDataPlane({
    tls: { certificateFolder: folder },
    ...more,
    tenant: {
      upstream: upstreamUrl,
      upstreamSpec: { responseTimeoutMs: 2_000, connectTimeoutMs: 300, maxConnections: 24 },
      routes: {
        open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" }, maxRequestBodyBytes: 12 * MEBIBYTE },
        small: { pathPrefix: "/small", upstream: "main", authentication: { mode: "public" }, maxRequestBodyBytes: 1_000 },
        reset: { pathPrefix: "/reset", upstream: "main", authentication: { mode: "public" }, usernameField: "email" },
        main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } },
      },
      rest: { rateLimitPolicies: { email: { key: ["username"], limit: 1, windowSeconds: 3_600, burst: 1, routes: ["reset"] } } },
    },
  });
  return { data, folder };
}

describe("HTTP/2 at the node", () => {
  let upstream: RunningServer;
  let data: DataPlane;
  let folder: string;
  let session: ClientHttp2Session;
  let behave: Behaviour = echo;
  const port = (): number => data.node.tlsPort ?? 0;
  const open = (): Promise<ClientHttp2Session> => connectHttp2(port(), { ca: certificate.cert, servername: NAME });

  beforeAll(async () => {
    upstream = await listen((request, response) => behave(request, response));
    ({ data, folder } = await startPlane(upstream.url));
    session = await open();
  });
  afterAll(async () => {
    session.destroy();
    await data.close();
    await upstream.close();
    await removeFolder(folder);
  });

  it("counts by the username of a body, and refuses one that has it twice, on a session that lives on", async () => {
    let sent = "";
    behave = (request, response) => {
      sent = "";
      request.on("data", (chunk: Buffer) => {
        sent += String(chunk);
      });
      request.on("end", () => response.end());
    };
    const reset = (body: string) =>
      ask(session, { ":path": "/tenants/acme/reset", ":method": "POST", "content-type": "application/x-www-form-urlencoded" }, body);
    expect((await reset("email=a&email=b")).status).toBe(400);
    expect((await reset(`email=a&x=${"x".repeat(66_000)}`)).status).toBe(413);
    expect((await reset("email=Ada%40acme.example")).status).toBe(200);
    expect(sent).toBe("email=Ada%40acme.example");
    expect((await reset("email=ada%40acme.example")).status).toBe(429);
    expect((await reset("email=bob%40acme.example")).status).toBe(200);
  });

  it("decides as over HTTP/1.1: passes, refuses, and says why", async () => {
    behave = echo;
    const refused = await ask(session, { ":path": "/tenants/acme/x" });
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toBe('Bearer realm="acme"');
    expect(JSON.parse(refused.body)).toMatchObject({ code: "missing_token" });
    const passed = await ask(session, { ":path": "/tenants/acme/x", authorization: `Bearer ${data.token()}` });
    expect(passed.status).toBe(200);
    expect((JSON.parse(passed.body) as EchoAnswer).headers).toContain("user-1");
  });

  it("tells the upstream in HTTP/1.1 what came in HTTP/2, and no identity that the client wrote", async () => {
    behave = echo;
    const { body } = await ask(session, { ":path": `${OPEN}/a?b=c`, "x-user-id": "root", cookie: ["a=1", "b=2"], te: "trailers", "x-own": "kept" });
    const { url, headers } = JSON.parse(body) as EchoAnswer;
    const fieldOf = (name: string) => headers[headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name) + 1];
    expect(url).toBe("/open/a?b=c");
    expect(fieldOf("x-forwarded-host")).toBe(NAME);
    expect(fieldOf("x-forwarded-proto")).toBe("https");
    expect(fieldOf("cookie")).toBe("a=1; b=2");
    expect(fieldOf("x-own")).toBe("kept");
    expect(headers.join("\n").toLowerCase()).not.toMatch(/x-user-id|^te$|:path/m);
  });

  it("streams 10 MB up and 10 MB down at once, byte for byte, on one of many streams", async () => {
    behave = (request, response) => {
      response.writeHead(200);
      request.pipe(response);
    };
    const sent = randomBytes(10 * MEBIBYTE);
    const many = Array.from({ length: 20 }, (_, index) => ask(session, { ":path": `${OPEN}/${index}`, ":method": "POST" }, `small ${index}`));
    const { body } = await ask(session, { ":path": `${OPEN}/large`, ":method": "POST" }, sent);
    expect(sha256(Buffer.from(body, "latin1"))).toBe(sha256(sent));
    expect((await Promise.all(many)).map((answer) => answer.body)).toEqual(many.map((_, index) => `small ${index}`));
  });

  it("holds the upstream back while the client does not read, and other streams go on", async () => {
    let written = 0;
    behave = (request, response) => {
      if (request.url === "/open/fast") {
        response.end("fast");
        return;
      }
      const chunk = Buffer.alloc(65_536);
      const pump = (): void => {
        while (written < 64 * MEBIBYTE && response.write(chunk)) written += chunk.length;
        if (written < 64 * MEBIBYTE) response.once("drain", pump);
      };
      response.on("error", () => undefined);
      pump();
    };
    const slow = session.request({ ":path": `${OPEN}/slow`, ":authority": NAME });
    await new Promise((resolve) => slow.once("response", resolve));
    expect((await ask(session, { ":path": `${OPEN}/fast` })).body).toBe("fast");
    let before = -1;
    await eventually("the upstream has come to rest", async () => {
      const rests = written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return rests;
    });
    expect(written).toBeLessThan(16 * MEBIBYTE);
    slow.close(constants.NGHTTP2_CANCEL);
  });

  it("takes no more of a body than the upstream reads", async () => {
    behave = () => undefined;
    const stream = session.request({ ":path": `${OPEN}/stalled`, ":method": "POST", ":authority": NAME });
    stream.on("error", () => undefined);
    let sent = 0;
    const chunk = Buffer.alloc(65_536);
    const pump = (): void => {
      while (sent < 11 * MEBIBYTE && stream.write(chunk, () => undefined)) sent += chunk.length;
      if (sent < 11 * MEBIBYTE) stream.once("drain", pump);
    };
    pump();
    const answer = await new Promise<number>((resolve) => stream.once("response", (headers) => resolve(Number(headers[":status"]))));
    expect(answer).toBe(504);
    expect(sent).toBeLessThan(10 * MEBIBYTE);
    stream.close();
  });

  it("resets the stream of an answer that breaks off", async () => {
    behave = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.destroy());
    };
    await expect(ask(session, { ":path": `${OPEN}/broken` })).rejects.toThrow(/INTERNAL_ERROR/);
    behave = echo;
    expect((await ask(session, { ":path": `${OPEN}/next` })).status).toBe(200);
  });

  it("sends events as they come", async () => {
    let more: (text: string) => void = () => undefined;
    behave = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      more = (text) => void response.write(text);
    };
    const stream = session.request({ ":path": `${OPEN}/events`, ":authority": NAME });
    await new Promise((resolve) => stream.once("response", resolve));
    const first = new Promise<string>((resolve) => stream.once("data", (bytes: Buffer) => resolve(bytes.toString())));
    more("data: one\n\n");
    expect(await first).toBe("data: one\n\n");
    stream.close();
  });

  it.each([
    ["HEAD", { ":method": "HEAD" }, 200],
    ["204", { ":path": `${OPEN}/204` }, 204],
    ["304", { ":path": `${OPEN}/304` }, 304],
  ])("answers %s without a body", async (_, headers, status) => {
    behave = (request, response) => {
      const code = Number(/\d{3}$/.exec(request.url ?? "")?.[0] ?? 200);
      response.writeHead(code, { "x-answer": "kept", ...(code === 200 ? { "content-length": "11" } : {}) });
      response.end();
    };
    const answer = await ask(session, { ":path": `${OPEN}/x`, ...headers });
    expect(answer).toMatchObject({ status, body: "" });
    expect(answer.headers["x-answer"]).toBe("kept");
  });

  it("hands no connection's field of the upstream on", async () => {
    behave = (_request, response) => {
      response.writeHead(200, ["Connection", "close, x-hop", "Keep-Alive", "timeout=1", "X-Hop", "1", "Set-Cookie", "a=1", "Set-Cookie", "b=2"]);
      response.end("x");
    };
    const { headers } = await ask(session, { ":path": `${OPEN}/hop` });
    expect(headers["x-hop"]).toBeUndefined();
    expect(headers.connection).toBeUndefined();
    expect(headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  });

  it("asks for the body when the client waits for that, and for none that it refuses", async () => {
    behave = (request, response) => void request.resume().on("end", () => response.end("read"));
    const stream = session.request({ ":path": `${OPEN}/waits`, ":method": "POST", ":authority": NAME, expect: "100-continue" });
    await new Promise((resolve) => stream.once("continue", resolve));
    stream.end("body");
    expect(await new Promise<number>((resolve) => stream.once("response", (headers) => resolve(Number(headers[":status"]))))).toBe(200);
    const large = { ":path": "/tenants/acme/small/x", ":method": "POST", ":authority": NAME, "content-length": "2000", expect: "100-continue" };
    const refused = session.request(large);
    refused.on("error", () => undefined);
    expect(await new Promise<number>((resolve) => refused.once("response", (headers) => resolve(Number(headers[":status"]))))).toBe(413);
    refused.destroy();
    expect((await ask(session, { ":path": `${OPEN}/x`, expect: "200-ok" })).status).toBe(400);
  });

  it("refuses a body above the route's limit, declared or not", async () => {
    behave = (request, response) => void request.resume().on("end", () => response.end("read"));
    const path = "/tenants/acme/small/x";
    expect((await ask(session, { ":path": path, ":method": "POST", "content-length": "1001" }, "a".repeat(1_001))).status).toBe(413);
    expect((await ask(session, { ":path": path, ":method": "POST" }, "a".repeat(5_000))).status).toBe(413);
    expect((await ask(session, { ":path": path, ":method": "POST" }, "a".repeat(1_000))).status).toBe(200);
  });

  it("takes drain for what it is: what is under way is finished, and the client is told to leave", async () => {
    let finish: () => void = () => undefined;
    const slow = await listen((_request, response) => {
      finish = () => response.end("finished");
    });
    const other = await startPlane(slow.url, { drainTimeoutMs: 3_000 });
    const client = await connectHttp2(other.data.node.tlsPort ?? 0, { ca: certificate.cert, servername: NAME });
    const arrived = new Promise((resolve) => slow.server.once("request", resolve));
    const answer = ask(client, { ":path": `${OPEN}/slow` });
    await arrived;
    const goodbye = new Promise((resolve) => client.once("goaway", resolve));
    const closed = new Promise((resolve) => client.once("close", resolve));
    const ending = other.data.close();
    await goodbye;
    finish();
    expect((await answer).body).toBe("finished");
    await Promise.all([closed, ending, slow.close(), removeFolder(other.folder)]);
  });

  describe("frame by frame", () => {
    const pseudo = (path = `${OPEN}/x`, method = "GET"): [string, string][] => [
      [":method", method],
      [":scheme", "https"],
      [":authority", NAME],
      [":path", path],
    ];
    const headersOf = (fields: readonly (readonly [string, string])[], flags = END_HEADERS | END_STREAM): Buffer =>
      frame(FRAME.headers, flags, 1, block(fields));
    const isEnd = ({ type, stream }: Frame): boolean =>
      (stream === 1 && (type === FRAME.headers || type === FRAME.rstStream)) || type === FRAME.goaway;
    /** The status of the answer, or the frame that ends the stream without one. */
    const outcome = async (bytes: readonly Uint8Array[]): Promise<number | "reset" | "goaway"> => {
      const { frames } = await rawHttp2({ port: port(), servername: NAME, bytes, until: (all) => all.some(isEnd) });
      const end = frames.find(isEnd);
      if (end?.type === FRAME.headers) return statusOf(end) ?? 0;
      return end?.type === FRAME.rstStream ? "reset" : "goaway";
    };

    it("reads what a well-formed client sends", async () => {
      behave = echo;
      expect(await outcome([headersOf(pseudo())])).toBe(200);
      expect(await outcome([headersOf(pseudo("/tenants/acme/x"))])).toBe(401);
    });

    /** Only a 4xx or an end of the stream is right; never the upstream's answer. */
    it.each<[string, readonly Uint8Array[], readonly (number | string)[]]>([
      ["a Host that is not the authority", [headersOf([...pseudo(), ["host", "evil.test"]])], [400, "reset"]],
      ["two authorities", [headersOf([...pseudo(), [":authority", "evil.test"]])], [400, "reset"]],
      ["Connection", [headersOf([...pseudo(), ["connection", "x-user-id"]])], [400, "reset"]],
      ["Transfer-Encoding", [headersOf([...pseudo(), ["transfer-encoding", "chunked"]])], [400, "reset"]],
      ["a name in capitals", [headersOf([...pseudo(), ["X-User-Id", "root"]])], [400, "reset"]],
      ["two Authorization fields", [headersOf([...pseudo("/tenants/acme/x"), ["authorization", "Bearer a"], ["authorization", "Bearer b"]])], [400]],
      ["a dot segment", [headersOf(pseudo(`${OPEN}/../x`))], [400]],
      ["an absolute form for a path", [headersOf(pseudo("https://evil.test/x"))], [400, "reset"]],
      [
        "the scheme http",
        [
          headersOf([
            [":method", "GET"],
            [":scheme", "http"],
            [":authority", NAME],
            [":path", `${OPEN}/x`],
          ]),
        ],
        [400, "reset"],
      ],
      [
        "CONNECT",
        [
          headersOf([
            [":method", "CONNECT"],
            [":authority", "evil.test:443"],
          ]),
        ],
        [400, "reset"],
      ],
      ["extended CONNECT", [headersOf([...pseudo(OPEN, "CONNECT"), [":protocol", "websocket"]])], [400, "reset", "goaway"]],
      ["TRACE", [headersOf(pseudo(`${OPEN}/x`, "TRACE"))], [400]],
      ["no authority and no Host", [headersOf(pseudo().filter(([name]) => name !== ":authority"))], [400, "reset"]],
      [
        "a body that ends before its Content-Length",
        [headersOf([...pseudo(`${OPEN}/x`, "POST"), ["content-length", "10"]], END_HEADERS), frame(FRAME.data, END_STREAM, 1, "half")],
        ["reset"],
      ],
      [
        "a body that is longer than its Content-Length",
        [headersOf([...pseudo(`${OPEN}/x`, "POST"), ["content-length", "2"]], END_HEADERS), frame(FRAME.data, END_STREAM, 1, "longer")],
        // From Node 22 on it costs the client its connection.
        ["reset", "goaway"],
      ],
      [
        "two Content-Lengths",
        [
          headersOf([...pseudo(`${OPEN}/x`, "POST"), ["content-length", "2"], ["content-length", "3"]], END_HEADERS),
          frame(FRAME.data, END_STREAM, 1, "ab"),
        ],
        [400, "reset"],
      ],
      [
        "more fields than the fleet allows",
        [headersOf([...pseudo(), ...Array.from({ length: 150 }, (_, index) => [`x-${index}`, "a"] as const)])],
        [431],
      ],
      [
        "a head of 17 KiB in one frame and its continuation",
        [
          frame(FRAME.headers, END_STREAM, 1, block([...pseudo(), ["x-a", "a".repeat(12_000)]])),
          frame(FRAME.continuation, END_HEADERS, 1, block([["x-b", "b".repeat(5_000)]])),
        ],
        [431],
      ],
      ["bytes that are no HPACK", [frame(FRAME.headers, END_HEADERS | END_STREAM, 1, Buffer.from("ffffffffffffffff", "hex"))], ["goaway"]],
    ])("refuses %s", async (_, bytes, allowed) => {
      behave = (request, response) => void request.resume().on("end", () => response.end("passed"));
      expect(allowed).toContain(await outcome(bytes));
      expect((await ask(session, { ":path": `${OPEN}/alive` })).status).toBe(200);
    });

    it("lets the upstream go when the client cancels, and never passes half a body off as a whole one", async () => {
      let received: "whole" | "broken" | null = null;
      let arrived = false;
      behave = (request) => {
        request
          .on("error", () => undefined)
          .once("data", () => {
            arrived = true;
          });
        request.once("close", () => {
          received = request.complete ? "whole" : "broken";
        });
      };
      const peer = openRawHttp2(port(), NAME);
      peer.write(headersOf(pseudo(`${OPEN}/cancelled`, "POST"), END_HEADERS), frame(FRAME.data, 0, 1, "half"));
      await eventually("the first half has arrived", () => arrived);
      peer.write(frame(FRAME.rstStream, 0, 1, Buffer.from([0, 0, 0, 8])));
      expect(await eventually("the upstream heard of it", () => received)).toBe("broken");
      peer.close();
    });

    /** node:http2's parser takes such a field out, and its request goes on without it. */
    it.each([
      ["CR LF in a value", ["x-a", "b\r\nx-user-id: root"]],
      ["NUL in a value", ["x-a", "b\0c"]],
      ["a colon in a name", ["x-a:", "b"]],
    ] as const)("never hands on %s", async (_, field) => {
      let seen: readonly string[] = [];
      behave = (request, response) => {
        seen = request.rawHeaders;
        response.end("passed");
      };
      expect(await outcome([headersOf([...pseudo(), field])])).toBe(200);
      expect(seen.join("\n").toLowerCase()).not.toMatch(/x-a|user-id/);
    });

    it("drops trailers", async () => {
      let seen: IncomingMessage | null = null;
      behave = (request, response) => {
        seen = request;
        request.resume().on("end", () => response.end("read"));
      };
      const trailers = frame(FRAME.headers, END_HEADERS | END_STREAM, 1, block([["x-user-id", "root"]]));
      expect(await outcome([headersOf(pseudo(`${OPEN}/x`, "POST"), END_HEADERS), frame(FRAME.data, 0, 1, "body"), trailers])).toBe(200);
      expect((seen as IncomingMessage | null)?.trailers).toEqual({});
    });

    it("ends a connection that opens and resets streams without end, and nothing of it stays", async () => {
      behave = (_request, response) => void response.once("close", () => undefined);
      const pairs: Buffer[] = [];
      for (let stream = 1; stream < 20_001; stream += 2) {
        pairs.push(frame(FRAME.headers, END_HEADERS | END_STREAM, stream, block(pseudo())));
        pairs.push(frame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, 8])));
      }
      const { frames, closed } = await rawHttp2({
        port: port(),
        servername: NAME,
        bytes: [Buffer.concat(pairs)],
        until: (all) => all.some(({ type }) => type === FRAME.goaway),
        timeoutMs: 20_000,
      });
      expect(closed || frames.some(({ type }) => type === FRAME.goaway)).toBe(true);
      behave = echo;
      expect((await ask(session, { ":path": `${OPEN}/alive` })).status).toBe(200);
      await eventually("the connection is gone", async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${data.node.adminPort}/metrics`)).text();
        return metrics.includes('sallyport_tls_connections{protocol="http2"} 1\n');
      });
    });

    it("opens no more streams at once than it said", async () => {
      behave = () => undefined;
      const many = Array.from({ length: 140 }, (_, index) => frame(FRAME.headers, END_HEADERS | END_STREAM, 1 + index * 2, block(pseudo())));
      const { frames } = await rawHttp2({
        port: port(),
        servername: NAME,
        bytes: [Buffer.concat(many)],
        until: (all) => all.filter(({ type }) => type === FRAME.rstStream).length >= 10,
      });
      expect(frames.filter(({ type }) => type === FRAME.rstStream).length).toBeGreaterThanOrEqual(10);
    });
  });

  it("serves WebSockets over HTTP/1.1 of the same port, and offers none over HTTP/2", async () => {
    expect(session.remoteSettings.enableConnectProtocol).toBe(false);
    const socket = connect({ host: "127.0.0.1", port: port(), servername: NAME, ca: certificate.cert, ALPNProtocols: ["http/1.1"] });
    const answered = new Promise<string>((resolve) => socket.once("data", (bytes: Buffer) => resolve(bytes.toString())));
    socket.write(
      `GET ${OPEN}/x HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    // The route allows no upgrade: who answers is the one that serves them.
    expect(await answered).toContain("upgrade_not_allowed");
    socket.destroy();
  });
});
