import { createHash } from "node:crypto";
import { connect } from "node:net";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EchoAnswer, type EchoUpstream, startEchoUpstream } from "./echo-upstream.js";
import { rawRequest } from "./raw-request.js";

let upstream: EchoUpstream;
beforeAll(async () => {
  upstream = await startEchoUpstream({ name: "payouts" });
});
afterAll(() => upstream.close());

describe("startEchoUpstream", () => {
  it("answers what it saw, duplicates and case of fields included", async () => {
    const { status, body } = await rawRequest({
      port: upstream.port,
      bytes: "POST /a/%41?b=1 HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 3\r\n\r\nabc",
    });
    expect(status).toBe(200);
    const answer = JSON.parse(body) as EchoAnswer;
    expect(answer).toMatchObject({ upstream: "payouts", method: "POST", url: "/a/%41?b=1" });
    expect(answer.headers).toEqual(["Host", "x", "X-One", "1", "x-one", "2", "Content-Length", "3"]);
    expect(answer.body).toEqual({ bytes: 3, sha256: createHash("sha256").update("abc").digest("hex") });
  });

  it("sends a body back while it still comes, ends events by itself, and breaks off when asked", async () => {
    const streamed = await request(`${upstream.url}/stream`, { method: "POST", body: "x".repeat(300_000) });
    expect((await streamed.body.text()).length).toBe(300_000);
    const events = await request(`${upstream.url}/sse?count=3&ms=5`);
    expect((await events.body.text()).match(/^data: tick \d$/gm)).toHaveLength(3);
    const broken = await request(`${upstream.url}/reset`);
    await expect(broken.body.text()).rejects.toThrow();
    expect((await request(`${upstream.url}/status?code=503`)).statusCode).toBe(503);
  });

  it("echoes WebSocket messages", async () => {
    const socket = connect(upstream.port, "127.0.0.1");
    socket.write(
      "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const message = Buffer.from("hello");
    const mask = Buffer.from([1, 2, 3, 4]);
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | message.length]), mask, message.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]));
    let seen = Buffer.alloc(0);
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        seen = Buffer.concat([seen, chunk]);
        if (seen.includes("hello")) resolve();
      });
    });
    expect(seen.toString("latin1")).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(seen.subarray(-7)).toEqual(Buffer.from([0x81, 5, ...message]));
    socket.destroy();
  });
});
