import { rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";

describe("a flood of requests is no flood of events", () => {
  let data: DataPlane;
  beforeAll(async () => {
    data = await startDataPlane({ fleet: { jwks: { ttlSeconds: 300, cooldownSeconds: 2, fetchTimeoutMs: 2_000 } } });
  });
  afterAll(() => data.close());

  const send = async (target: string, fields: string): Promise<number | null> => {
    const bytes = `GET /tenants/acme${target} HTTP/1.1\r\nHost: api.example.test\r\n${fields}\r\n`;
    return (await rawRequest({ port: data.node.dataPort, bytes })).status;
  };
  /** Sends a token that is good but for its key. */
  const unknownKey = (index: number): Promise<number | null> => {
    const exp = Math.floor(Date.now() / 1_000) + 300;
    const claims = { iss: data.jwks.issuer, aud: "https://api.example.test", sub: `user-${index}`, exp };
    return send("/x", `Authorization: Bearer ${data.mint.sign(claims, { kid: `nobody-${index}` })}\r\n`);
  };
  const reported = (kind: string) => [...data.plane.events.values()].filter((event) => event.kind === kind);
  const counted = (kind: string) => reported(kind).reduce((sum, { count }) => sum + count, 0);

  it("tokens with unknown keys are refused, fetch once, and are one event with their number at the end of the cool-down", async () => {
    expect(await send("/x", `Authorization: Bearer ${data.token()}\r\n`)).toBe(200);
    data.jwks.resetCounts();
    const began = performance.now();
    const statuses = await Promise.all(Array.from({ length: 120 }, (_, index) => unknownKey(index)));
    const withinOneCooldown = performance.now() - began < 1_900;
    expect(new Set(statuses)).toEqual(new Set([401]));
    if (withinOneCooldown) expect(data.jwks.requests.jwks).toBe(1);
    await eventually("the flood is reported", () => counted("unknown_key_flood") === 120);
    const events = reported("unknown_key_flood");
    expect(events.length).toBeLessThanOrEqual(withinOneCooldown ? 1 : 3);
    expect(events[0]).toMatchObject({ tenant: "acme", identityProvider: "main", issuer: data.jwks.issuer, requestId: null });
    expect(await send("/x", `Authorization: Bearer ${data.token()}\r\n`)).toBe(200);
  });

  it("one stale token that is sent again and again is none", async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const before = counted("unknown_key_flood");
    await Promise.all(Array.from({ length: 100 }, () => unknownKey(1_000)));
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(counted("unknown_key_flood")).toBe(before);
  });

  it("500 spoofed headers of one client are two events that say 500, the first of them at once", async () => {
    await send("/open", "X-User-Id: root\r\n");
    await eventually("the first is there", () => counted("spoofed_identity_header") === 1, 5_000);
    for (let block = 0; block < 10; block += 1) {
      await Promise.all(Array.from({ length: block === 9 ? 49 : 50 }, () => send("/open", "X-User-Id: root\r\n")));
    }
    await eventually("the rest is there", () => counted("spoofed_identity_header") === 500, 15_000);
    expect(reported("spoofed_identity_header").length).toBeLessThanOrEqual(3);
  });

  it("what is counted when the node ends is told before it ends", async () => {
    await Promise.all(Array.from({ length: 40 }, () => send("/open/last", "X-Roles: admin\r\n")));
    await data.node.close();
    expect(counted("spoofed_identity_header")).toBe(540);
  });
});
