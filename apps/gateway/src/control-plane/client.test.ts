import { gzipSync } from "node:zlib";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";
import { listen, type RunningServer } from "@sallyport/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createControlPlaneClient } from "./client.js";

describe("a call to the control plane", () => {
  let server: RunningServer | undefined;
  const call = async (status: number, headers: Record<string, string>, body: Buffer | string | null, timeoutMs = 5_000) => {
    server = await listen((request, response) => {
      request.resume();
      if (body === null) return;
      response.writeHead(status, headers).end(body);
    });
    const client = createControlPlaneClient(`${server.url}/base`);
    const answer = await client.post("/x", { token: null, body: {}, answer: z.strictObject({ a: z.int() }), timeoutMs });
    await client.close();
    return answer;
  };
  afterEach(() => server?.close());

  const json = Buffer.from('{"a":1}');
  it.each([
    ["plain", {}, json],
    ["packed", { "content-type": PACKED_MEDIA_TYPE }, gzipSync(json)],
  ] as const)("is understood when its answer is %s", async (_name, headers, body) => {
    expect(await call(200, headers, body)).toEqual({ ok: true, value: { a: 1 } });
  });

  it.each([
    ["is no JSON", 200, "<html>", null, "cannot be read"],
    ["is packed without saying so", 200, gzipSync(json), null, "cannot be read"],
    ["is cut off in its packing", 200, gzipSync(json).subarray(0, 12), null, "cannot be read"],
    ["has another shape", 200, '{"a":"1"}', null, "is not understood"],
    ["is a refusal", 403, '{"title":"No","detail":"Not you"}', 403, "Not you"],
    ["never comes", 200, null, null, "no answer in time"],
  ])("fails as a value that says so when its answer %s", async (name, status, body, seen, message) => {
    const headers: Record<string, string> = name.includes("its packing") ? { "content-type": PACKED_MEDIA_TYPE } : {};
    expect(await call(status, headers, body, 300)).toMatchObject({ ok: false, status: seen, message: expect.stringContaining(message) });
  });
});
