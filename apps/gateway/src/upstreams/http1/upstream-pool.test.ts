import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { UpstreamHandler, UpstreamRequest } from "./upstream-exchange.js";
import { UpstreamPool } from "./upstream-pool.js";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const answerWith = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

let server: Server | undefined;
let pool: UpstreamPool | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  pool?.destroy();
  for (const socket of sockets) socket.destroy();
  if (server !== undefined) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
});

type Script = (socket: Socket, request: string, index: number) => void;

/** An upstream that does with each request of each connection what the script says. */
async function upstream(
  script: Script,
  options: Partial<{ maxConnections: number; keepAliveMs: number }> = {},
): Promise<{ connections: () => number }> {
  let connections = 0;
  server = createServer((socket) => {
    const index = connections;
    connections += 1;
    sockets.add(socket);
    let held = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      held += chunk.toString("latin1");
      for (let end = held.indexOf("\r\n\r\n"); end >= 0; end = held.indexOf("\r\n\r\n")) {
        const head = held.slice(0, end);
        held = held.slice(end + 4);
        script(socket, head, index);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  pool = new UpstreamPool({
    ...{ host: "upstream.test", maxConnections: 8, keepAliveMs: 5_000, ...options },
    open(onread, opened) {
      const socket = connect({ port, host: "127.0.0.1", onread });
      socket.once("connect", () => opened(null, socket)).once("error", (error) => opened(error, null));
    },
  });
  return { connections: () => connections };
}

interface Told {
  status: number;
  body: string;
  waited: boolean;
}

/** Sends a request and says how it went: an answer, or the code of a failure. */
function ask(request: Partial<UpstreamRequest> = {}, more: Partial<UpstreamHandler> = {}): Promise<Told | string> {
  return new Promise((resolve) => {
    const told: Told = { status: 0, body: "", waited: false };
    pool?.dispatch(
      { method: "GET", path: "/", headers: [], body: null, responseTimeoutMs: 2_000, ...request },
      {
        onWaiting() {
          told.waited = true;
        },
        onConnect: () => undefined,
        onResponseStarted: () => undefined,
        onHeaders(status) {
          told.status = status;
        },
        onData(chunk) {
          told.body += chunk.toString("latin1");
          return true;
        },
        onComplete: () => resolve(told),
        onError: (error) => resolve("code" in error ? String(error.code) : error.message),
        ...more,
      },
    );
  });
}

const got = (body: string) => expect.objectContaining({ status: 200, body });

describe("kept connections to an upstream", () => {
  it("are used again, one request after the other", async () => {
    const { connections } = await upstream((socket) => socket.write(OK));
    for (let index = 0; index < 5; index++) expect(await ask()).toEqual(got("ok"));
    expect(connections()).toBe(1);
  });

  it.each([0, 1, 20])("never answer a request with what came before it was sent, %i ms after the answer", async (wait) => {
    await upstream((socket, _, index) => {
      socket.write(answerWith(`own ${index}`));
      if (index > 0) return;
      if (wait === 0) socket.write(answerWith("somebody else's"));
      else setTimeout(() => socket.write(answerWith("somebody else's")), wait);
    });
    expect(await ask()).toEqual(got("own 0"));
    await delay(wait + 20);
    expect(await ask()).toEqual(got("own 1"));
  });

  it("are not used again with bytes that came with the end of an answer", async () => {
    const { connections } = await upstream((socket, _, index) => socket.write(index === 0 ? `${answerWith("own")}${answerWith("more")}` : OK));
    const [first, second] = await Promise.all([ask(), ask().then(() => ask())]);
    expect([first, second]).toEqual(expect.arrayContaining([got("ok")]));
    expect(connections()).toBeGreaterThan(1);
  });

  it("are as many as allowed; who finds none free waits, is told, and comes in turn", async () => {
    const order: string[] = [];
    const { connections } = await upstream(
      (socket, head) => {
        order.push(/GET \/(\d+)/.exec(head)?.[1] ?? "");
        setTimeout(() => socket.write(OK), 10);
      },
      { maxConnections: 2 },
    );
    const all = await Promise.all(Array.from({ length: 9 }, (_, index) => ask({ path: `/${index}` })));
    expect(all.map((told) => typeof told !== "string" && told.waited)).toEqual([false, false, ...Array.from({ length: 7 }, () => true)]);
    expect(order.slice(0, 2).sort()).toEqual(["0", "1"]);
    expect(order.slice(2).map(Number)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(connections()).toBe(2);
  });

  it("end when they have been idle for long", async () => {
    const { connections } = await upstream((socket) => socket.write(OK), { keepAliveMs: 50 });
    await ask();
    await delay(150);
    await ask();
    expect(connections()).toBe(2);
  });

  it("end before the upstream says that it would end them", async () => {
    const { connections } = await upstream((socket) => socket.write(OK.replace("\r\n\r\n", "\r\nKeep-Alive: timeout=1, max=100\r\n\r\n")));
    await ask();
    await ask();
    expect(connections()).toBe(2);
  });

  it("are not used again after Connection: close, and an answer may last until they end", async () => {
    const { connections } = await upstream((socket, _, index) => {
      if (index === 0) socket.write(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      else socket.end("HTTP/1.1 200 OK\r\n\r\nup to the end");
    });
    expect(await ask()).toEqual(got("ok"));
    expect(await ask()).toEqual(got("up to the end"));
    expect(await ask()).toEqual(got("up to the end"));
    expect(connections()).toBe(3);
  });

  it("that were closed while idle are not written to", async () => {
    const { connections } = await upstream((socket) => {
      socket.write(OK);
      setTimeout(() => socket.end(), 10);
    });
    await ask();
    await delay(50);
    expect(await ask()).toEqual(got("ok"));
    expect(connections()).toBe(2);
  });
});

describe("an exchange with an upstream", () => {
  it.each([
    ["before any byte", "", "UPSTREAM_CLOSED"],
    ["in the head", "HTTP/1.1 200 OK\r\nX: y", "UPSTREAM_CLOSED"],
    ["in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "UPSTREAM_CLOSED"],
    ["between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "UPSTREAM_CLOSED"],
    ["after what is no answer", "hello\r\n\r\n", "UPSTREAM_MALFORMED"],
  ])("fails when the connection ends %s", async (_, text, code) => {
    await upstream((socket) => socket.end(text));
    expect(await ask()).toBe(code);
  });

  it("fails when nobody listens, each of those who wait", async () => {
    await upstream(() => undefined, { maxConnections: 2 });
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect(await Promise.all([ask(), ask(), ask(), ask(), ask()])).toEqual(Array.from({ length: 5 }, () => "ECONNREFUSED"));
  });

  it("fails when the head, or more of the body, does not come in time", async () => {
    await upstream((socket, head) => {
      if (head.includes("/drip")) {
        socket.write("HTTP/1.1 200 OK\r\n");
        const drip = setInterval(() => socket.write("X: y\r\n"), 20);
        socket.on("close", () => clearInterval(drip));
      } else if (head.includes("/body")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    });
    expect(await ask({ responseTimeoutMs: 100 })).toBe("UPSTREAM_HEAD_TIMEOUT");
    expect(await ask({ path: "/drip", responseTimeoutMs: 100 })).toBe("UPSTREAM_HEAD_TIMEOUT");
    expect(await ask({ path: "/body", responseTimeoutMs: 100 })).toBe("UPSTREAM_BODY_TIMEOUT");
  });

  it("holds the upstream back for a client that is slow, and then does not blame the upstream", async () => {
    const whole = "x".repeat(8_000_000);
    let written = 0;
    await upstream((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${whole.length}\r\n\r\n${whole}`);
      const watch = setInterval(() => {
        written = socket.bytesWritten - socket.writableLength;
      }, 10);
      socket.on("close", () => clearInterval(watch));
    });
    let goOn = (): void => undefined;
    let taken = 0;
    const answer = ask(
      { responseTimeoutMs: 100 },
      {
        onHeaders(_status, _headers, resume) {
          goOn = resume;
        },
        onData(chunk) {
          taken += chunk.length;
          if (taken === chunk.length) setTimeout(goOn, 400);
          return taken > chunk.length;
        },
      },
    );
    await delay(300);
    expect(taken).toBeLessThan(100_000);
    expect(written).toBeLessThan(whole.length);
    await answer;
    expect(taken).toBe(whole.length);
  });

  it("is broken off while it waits, before it is written, or on its way; others are not touched", async () => {
    const seen: string[] = [];
    await upstream(
      (socket, head) => {
        seen.push(/ \/(\w*) /.exec(head)?.[1] ?? "");
        if (!head.includes("/slow")) socket.write(OK);
      },
      { maxConnections: 1 },
    );
    const stop = (abort: (error: Error) => void): void => abort(new Error("gone"));
    expect(await ask({ path: "/never" }, { onConnect: stop })).toBe("gone");
    expect(await ask({ path: "/slow" }, { onConnect: (abort) => void setTimeout(() => stop(abort), 30) })).toBe("gone");
    expect(await ask({ path: "/next" })).toEqual(got("ok"));
    expect(seen).toEqual(["slow", "next"]);
  });

  it("tells interim answers and the answer, and asks with HEAD for no body", async () => {
    const statuses: number[] = [];
    const { connections } = await upstream((socket, head) => {
      socket.write(
        head.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" : `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
      );
    });
    await ask({}, { onHeaders: (status) => void statuses.push(status) });
    expect(statuses).toEqual([103, 200]);
    expect(await ask({ method: "HEAD" })).toEqual(expect.objectContaining({ status: 200, body: "" }));
    expect(await ask()).toEqual(got("ok"));
    expect(connections()).toBe(1);
  });

  it("does not send the next request behind a body that was not sent to its end", async () => {
    const { connections } = await upstream((socket) => socket.write(OK));
    const endless = new Readable({ read: () => undefined });
    endless.push("the beginning");
    expect(await ask({ method: "POST", body: endless })).toEqual(got("ok"));
    expect(await ask()).toEqual(got("ok"));
    expect(connections()).toBe(2);
  });

  it.each([
    ["longer", "Content-Length", "2"],
    ["shorter", "Content-Length", "9"],
  ])("fails with a body that is %s than it says, and lets no other request follow it", async (_, name, value) => {
    const { connections } = await upstream((socket, head) => {
      if (head.startsWith("GET")) socket.write(OK);
    });
    expect(await ask({ method: "POST", headers: [name, value], body: Readable.from([Buffer.from("12345")]) })).toBe("UPSTREAM_REQUEST_INVALID");
    expect(await ask()).toEqual(got("ok"));
    expect(connections()).toBe(2);
  });

  it("fails when the pool is let go, whether it is on its way or waits", async () => {
    await upstream(() => undefined, { maxConnections: 1 });
    const all = [ask(), ask()];
    await delay(50);
    pool?.destroy();
    expect(await Promise.all([...all, ask()])).toEqual(["UPSTREAM_ABORTED", "UPSTREAM_ABORTED", "UPSTREAM_ABORTED"]);
  });
});
