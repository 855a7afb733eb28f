import { connect, type Socket } from "node:net";
import { rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";

const HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/** RFC 6455 §5.2: a final text frame, masked with zeros. */
const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

describe("a WebSocket through the node", () => {
  let data: DataPlane;
  const open: Socket[] = [];
  const upgrade = (path: string, fields = ""): Socket & { text: string } => {
    const socket = Object.assign(connect(data.node.dataPort, "127.0.0.1"), { text: "" });
    socket.on("data", (chunk) => (socket.text += chunk.toString("latin1"))).on("error", () => undefined);
    socket.write(`GET /tenants/acme${path} HTTP/1.1\r\nHost: api.example.test\r\n${HANDSHAKE}${fields}\r\n`);
    open.push(socket);
    return socket;
  };

  beforeAll(async () => {
    data = await startDataPlane({
      tenant: {
        routes: {
          live: { pathPrefix: "/live", upstream: "main", websocket: true, authentication: { mode: "required" } },
          plain: { pathPrefix: "/plain", upstream: "main", authentication: { mode: "public" } },
          public: { pathPrefix: "/public", upstream: "main", websocket: true, authentication: { mode: "public" } },
        },
      },
    });
  });
  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await data.close();
  });

  it("carries messages both ways once a token has opened it", async () => {
    const socket = upgrade("/live/x", `Authorization: Bearer ${data.token()}\r\n`);
    await eventually("the upgrade", () => socket.text.includes("\r\n\r\n"));
    expect(socket.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(socket.text).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    socket.write(frame("hello"));
    await eventually("the echo", () => socket.text.endsWith("hello"));
  });

  it("is refused without a token, on a route that allows none, and with a body", async () => {
    const bytes = (path: string, fields = "") => `GET /tenants/acme${path} HTTP/1.1\r\nHost: api.example.test\r\n${HANDSHAKE}${fields}\r\n`;
    const answers = await Promise.all(
      [bytes("/live/x"), bytes("/plain/x"), bytes("/public/x", "Content-Length: 5\r\n")].map((text) =>
        rawRequest({ port: data.node.dataPort, bytes: text }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 400]);
    expect(JSON.parse(answers[1]?.body ?? "")).toMatchObject({ code: "upgrade_not_allowed" });
  });

  it("ends when the token that opened it expires", async () => {
    const socket = upgrade("/live/x", `Authorization: Bearer ${data.token({ exp: Math.floor(Date.now() / 1_000) + 2 })}\r\n`);
    await eventually("the upgrade", () => socket.text.includes("101 Switching"));
    expect(socket.closed).toBe(false);
    await eventually("the end", () => socket.closed || socket.readableEnded, 4_000);
  });

  it("passes on what came together with the handshake", async () => {
    const socket = connect(data.node.dataPort, "127.0.0.1");
    open.push(socket);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    const handshake = `GET /tenants/acme/public/x HTTP/1.1\r\nHost: api.example.test\r\n${HANDSHAKE}\r\n`;
    socket.write(Buffer.concat([Buffer.from(handshake), frame("early")]));
    await eventually("the echo", () => text.endsWith("early"));
  });
});
