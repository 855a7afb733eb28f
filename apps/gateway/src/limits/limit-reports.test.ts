import { randomUUID } from "node:crypto";
import { Agent } from "node:http";
import { type Replayed, replay } from "@sallyport/pipeline";
import { sha256Hex } from "@sallyport/pipeline-node";
import { rateLimitPolicySpec, type TenantSection } from "@sallyport/snapshot";
import type { ActiveRecording, Arrival, PressedKey } from "@sallyport/snapshot/protocol";
import { createLocalRateLimiter } from "@sallyport/state-store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForCode } from "../testing/coded-answer.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";
import { type LoginUpstream, startLoginUpstream } from "../testing/login-upstream.js";

const open = (pathPrefix: string, more: Record<string, unknown> = {}) => ({
  ...{ pathPrefix, upstream: "main", authentication: { mode: "public" } },
  ...more,
});
const BUSY = { key: ["client_ip"], limit: 40, windowSeconds: 1, burst: 20, routes: ["busy"] };
/** Requests in 10 ms: far above the limit, above it, and below. */
const LOAD: readonly (readonly [address: string, each: number])[] = [
  ["198.51.100.1", 3],
  ["198.51.100.2", 1],
  ["198.51.100.3", 0.2],
];
const SECONDS = 3;

describe("what a running node tells of its limits", () => {
  let data: DataPlane;
  let upstream: LoginUpstream;
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const send = async (path: string, address: string, body?: string): Promise<number | string> => {
    const headers = {
      "x-forwarded-for": address,
      ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    const { status, code } = await askForCode(
      { agent, port: data.node.dataPort, method: body === undefined ? "GET" : "POST", path: `/tenants/acme${path}`, headers },
      body,
    );
    return code ?? status;
  };
  const pressedKeys = (policy: string): PressedKey[] =>
    [...data.plane.limitReports.values()].flatMap(({ keys }) => keys).filter((key) => key.policy === policy);
  const arrivals = (recording: string): Arrival[] =>
    [...data.plane.limitReports.values()]
      .flatMap(({ traffic }) => traffic)
      .filter((part) => part.recording === recording)
      .flatMap((part) => part.arrivals);

  /** Has the node record, and waits until it does. */
  const record = async (more: Partial<ActiveRecording> = {}): Promise<string> => {
    const id = randomUUID();
    data.plane.recordings = [{ id, tenant: "acme", routes: [], until: new Date(Date.now() + 60_000).toISOString(), ...more }];
    await eventually("the node records", async () => {
      await send("/probe", "203.0.113.9");
      return arrivals(id).length > 0;
    });
    return id;
  };
  const replayed = (recording: string, spec: Record<string, unknown>): Replayed => {
    const section = data.plane.latest?.sections.get("tenants/acme") as TenantSection;
    let now = 0;
    const limiter = createLocalRateLimiter({ clock: { now: () => now } });
    return replay({
      section: { ...section, rateLimitPolicies: { ...section.rateLimitPolicies, busy: rateLimitPolicySpec.parse(spec) } },
      ...{ fleetPolicies: {}, policy: { name: "busy", ofFleet: false }, sha256Hex },
      arrivals: arrivals(recording)
        .sort((a, b) => a.at - b.at)
        .map((arrival) => ({ node: "node-1", arrival })),
      take(bucket, limit, atMs) {
        now = atMs;
        return limiter.take(bucket, limit).allowed;
      },
    });
  };

  beforeAll(async () => {
    upstream = await startLoginUpstream();
    data = await startDataPlane({
      ...{ limitReportsMs: 50, fleet: { trustedProxies: ["127.0.0.1/32"] } },
      tenant: {
        upstream: upstream.url,
        routes: {
          ...{
            busy: open("/busy"),
            probe: open("/probe"),
            secret: { pathPrefix: "/secret", upstream: "main", authentication: { mode: "required" } },
          },
          ...{ reset: open("/reset", { usernameField: "email" }), other: open("/other") },
        },
        rest: {
          rateLimitPolicies: {
            busy: BUSY,
            reset: { key: ["username"], limit: 1, windowSeconds: 3_600, burst: 2, routes: ["reset"] },
            ample: { key: ["subject"], limit: 1_000_000, burst: 10_000 },
          },
        },
      },
    });
  }, 60_000);
  afterAll(async () => {
    agent.destroy();
    await Promise.all([data?.close(), upstream?.close()]);
  });

  it("is who comes near and goes over, with usernames as pseudonyms, and nobody who stays within", async () => {
    const body = '{"right":1,"email":"ada@acme.example"}';
    for (let at = 0; at < 4; at += 1) await send("/reset", `198.18.0.${at}`, body);
    await eventually("it is told", () => pressedKeys("reset").reduce((sum, { over }) => sum + over, 0) === 2);
    const [told] = pressedKeys("reset");
    expect(told).toMatchObject({ tenant: "acme", key: { tenant: "acme", username: `#${sha256Hex("ada@acme.example").slice(0, 16)}` } });
    expect(pressedKeys("reset").reduce((sum, { near }) => sum + near, 0)).toBe(1);
    expect(JSON.stringify([...data.plane.limitReports.values()])).not.toContain("ada@acme");
    expect(pressedKeys("ample")).toEqual([]);
  });

  it("is every request that came to the limits while somebody has it recorded: of the routes and the tenant that were asked for, and no other", async () => {
    const id = await record({ routes: ["probe", "reset", "secret"] });
    const body = '{"right":1,"email":"bob@acme.example"}';
    const statuses: (string | number)[] = [];
    for (let at = 0; at < 3; at += 1) statuses.push(await send("/reset", "203.0.113.7", body));
    expect(statuses).toEqual([200, 200, "rate_limited"]);
    // Of what was refused before there is nothing.
    expect(await send("/secret", "203.0.113.7")).toBe("missing_token");
    await send("/other", "203.0.113.7");
    const token = data.token({ sub: "user-1" });
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.8" };
    expect((await askForCode({ agent, port: data.node.dataPort, path: "/tenants/acme/secret", headers })).code).toBeNull();
    const asked = () => arrivals(id).filter(({ route }) => route !== "probe");
    await eventually("all is told", () => asked().length >= 4);
    const told = asked();
    expect(told).toHaveLength(4);
    const [first, second, third, known] = told;
    expect([first?.username, second?.username, third?.username]).toEqual(Array(3).fill(expect.stringMatching(/^#[0-9a-f]{16}$/)));
    expect(new Set([first?.username, second?.username, third?.username]).size).toBe(1);
    expect([second?.refusedBy, third?.refusedBy]).toEqual([undefined, { policy: "reset", ofFleet: false }]);
    expect(known).toMatchObject({ route: "secret", address: "203.0.113.8", source: "acme/main", subject: expect.stringMatching(/^#/) });
    expect(JSON.stringify(told)).not.toMatch(/bob|user-1/);

    data.plane.recordings = [{ id, tenant: "globex", routes: [], until: new Date(Date.now() + 60_000).toISOString() }];
    const reports = data.plane.limitReports.size;
    await eventually("the node has heard of it", () => data.plane.limitReports.size > reports + 2);
    const after = arrivals(id).length;
    await send("/probe", "203.0.113.9");
    await eventually("there are more reports", () => data.plane.limitReports.size > reports + 40);
    expect(arrivals(id)).toHaveLength(after);
  });

  it("is enough to say what a policy does: for the same arrivals the simulation refuses as many, of each address, as the node did", async () => {
    const id = await record({ routes: ["busy", "probe"] });
    const refused = new Map<string, number>();
    const sent: Promise<void>[] = [];
    let total = 0;
    const end = performance.now() + SECONDS * 1_000;
    const due = LOAD.map(() => 0);
    for (let next = performance.now(); performance.now() < end; next += 10) {
      LOAD.forEach(([address, each], index) => {
        due[index] = (due[index] ?? 0) + each;
        for (; (due[index] ?? 0) >= 1; due[index] = (due[index] ?? 0) - 1) {
          total += 1;
          sent.push(
            send("/busy", address).then((status) => {
              if (status === "rate_limited") refused.set(address, (refused.get(address) ?? 0) + 1);
            }),
          );
        }
      });
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next + 10 - performance.now())));
    }
    await Promise.all(sent);
    await eventually("all is told", () => arrivals(id).filter(({ route }) => route === "busy").length === total);
    const { counted, over, unseen, keys, first, minutes } = replayed(id, BUSY);
    expect([counted, unseen]).toEqual([total, 0]);
    for (const [address] of LOAD) {
      const simulated = keys.find(({ key }) => key.address === address)?.over ?? 0;
      // Its times are in whole milliseconds, and taken a moment after the node counted.
      expect(Math.abs(simulated - (refused.get(address) ?? 0)), address).toBeLessThanOrEqual(Math.max(2, total * 0.01));
    }
    expect(keys[0]?.key).toEqual({ address: "198.51.100.1" });
    expect(keys.at(-1)).toMatchObject({ key: { address: "198.51.100.3" }, over: 0 });
    expect(over).toBe(minutes.reduce((sum, minute) => sum + minute.over, 0));
    expect(first?.key.address).toBe("198.51.100.1");
    // Twice the limit refuses fewer; none is refused where the address is spared.
    expect(replayed(id, { ...BUSY, limit: 80 }).over).toBeLessThan(over);
    expect(replayed(id, { ...BUSY, exempt: { addresses: ["198.51.100.0/24"] } })).toMatchObject({ counted: 0, over: 0, first: null });
  }, 30_000);
});

it("an older control plane, which knows nothing of such reports, is asked again in a minute, and no sooner", async () => {
  const data = await startDataPlane({ limitReportsMs: 5 });
  try {
    data.plane.recordings = null;
    await eventually("it was asked", () => data.plane.unknownLimitReports > 0);
    for (let at = 0; at < 100; at += 1) expect((await fetch(`http://127.0.0.1:${data.node.dataPort}/tenants/acme/open`)).status).toBe(200);
    expect(data.plane.unknownLimitReports).toBe(1);
  } finally {
    await data.close();
  }
});
