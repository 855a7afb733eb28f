import { Agent } from "node:http";
import { rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askForCode, type CodedAnswer } from "../testing/coded-answer.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";
import { type LoginUpstream, startLoginUpstream } from "../testing/login-upstream.js";

const open = (pathPrefix: string, more: Record<string, unknown> = {}) => ({
  pathPrefix,
  upstream: "main",
  authentication: { mode: "public" },
  ...more,
});
/** So slow that no test sees one more pass. */
const hourly = (key: string[], route: string, more: Record<string, unknown> = {}) => ({
  ...{ key, limit: 1, windowSeconds: 3_600, burst: 2, routes: [route] },
  ...more,
});
const FORM = "application/x-www-form-urlencoded";
const multipart = (email: string) => `--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n${email}\r\n--b--\r\n`;

interface Sent {
  readonly path?: string;
  readonly address?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

describe("rate limits at a running node", () => {
  let data: DataPlane;
  let upstream: LoginUpstream;
  let addresses = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const freshAddress = (): string => {
    addresses += 1;
    return `198.18.0.${addresses}`;
  };
  const send = (body: string | Buffer, { path = "/reset", address = freshAddress(), type = "application/json", headers = {} }: Sent = {}) =>
    askForCode(
      {
        ...{ agent, port: data.node.dataPort, method: "POST", path: `/tenants/acme${path}` },
        headers: { "x-forwarded-for": address, "content-type": type, "content-length": Buffer.byteLength(body), ...headers },
      },
      body,
    );
  const seen = ({ code, status }: CodedAnswer): string | number => code ?? status;
  const metric = async (series: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${data.node.adminPort}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.split(" ").at(-1) ?? 0);
  };

  beforeAll(async () => {
    upstream = await startLoginUpstream();
    data = await startDataPlane({
      authz: true,
      fleet: { trustedProxies: ["127.0.0.1/32"] },
      rateLimitPolicies: {
        "reset-email": hourly(["username"], "reset"),
        trial: hourly(["tenant"], "tried", { burst: 1, action: "observe" }),
        slow: hourly(["client_ip"], "slow", { burst: 1, action: "slow_down" }),
        "slow-email": hourly(["username"], "slow-reset", { burst: 1, action: "slow_down" }),
        told: hourly(["client_ip"], "told", { burst: 1 }),
        both: hourly(["username"], "login", { burst: 1 }),
        guarded: hourly(["username"], "guarded", { burst: 3 }),
      },
      tenant: {
        upstream: upstream.url,
        routes: {
          reset: open("/reset", { usernameField: "email" }),
          free: open("/free", { usernameField: "email" }),
          tried: open("/tried"),
          slow: open("/slow"),
          "slow-reset": open("/slow-reset", { usernameField: "email" }),
          told: open("/told"),
          login: open("/login", { upstreamLogin: { usernameField: "email" } }),
          guarded: open("/guarded", { upstreamLogin: { usernameField: "email" } }),
        },
        rest: { rateLimitFields: "legacy", lockout: { failures: 100, username: { failures: 2 } } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    agent.destroy();
    await Promise.all([data?.close(), upstream?.close()]);
  });

  it("count one username from every address and in every form, and let its body go on byte for byte", async () => {
    const first = '{ "right":1,\n "E\\u006dail": " Ada@acme.example " }';
    expect((await send(first)).status).toBe(200);
    expect(String(upstream.bodies.at(-1))).toBe(first);
    expect((await send("right=1&email=ADA%40acme.example", { type: FORM })).status).toBe(200);
    expect(String(upstream.bodies.at(-1))).toBe("right=1&email=ADA%40acme.example");
    const before = upstream.bodies.length;
    expect(seen(await send(multipart("ada@acme.example"), { type: "multipart/form-data; boundary=b" }))).toBe("rate_limited");
    expect(seen(await send(first, { headers: { expect: "100-continue" } }))).toBe("rate_limited");
    expect(upstream.bodies).toHaveLength(before);
    expect((await send('{"right":1,"email":"bob@acme.example"}')).status).toBe(200);
  });

  it("are not evaded: by padding 413, by two meanings 400, and whose body names nobody counts by address", async () => {
    const before = upstream.bodies.length;
    expect(seen(await send(`{"email":"eve@acme.example","x":"${"x".repeat(66_000)}"}`))).toBe("request_body_too_large");
    for (const body of ['{"email":"eve@acme.example","Email":"x@acme.example"}', '{"email":["eve@acme.example"]}', "{", "email=a"])
      expect(seen(await send(body))).toBe("bad_request");
    expect(seen(await send("email=a&email=b", { type: FORM }))).toBe("bad_request");
    expect(seen(await send('{"email":"a"}', { headers: { "content-encoding": "gzip" } }))).toBe("bad_request");
    expect(upstream.bodies).toHaveLength(before);
    const address = freshAddress();
    const answers: (string | number)[] = [];
    for (const body of ['{"right":1}', '{"right":1,"email":""}', '{"right":1,"e-mail":"eve"}']) answers.push(seen(await send(body, { address })));
    expect(answers).toEqual([200, 200, "rate_limited"]);
  });

  it("leave bodies alone where nobody counts by them: they stream as ever, also beyond 64 KiB", async () => {
    const large = `{"right":1,"email":"eve","email":"${"x".repeat(200_000)}"`;
    expect((await send(large, { path: "/free" })).status).toBe(200);
    expect(upstream.bodies.at(-1)?.length).toBe(large.length);
  });

  it("count at an upstream's login by the field that this names", async () => {
    expect((await send('{"email":"ada","x":"right"}', { path: "/login" })).status).toBe(200);
    expect(seen(await send('{"email":"ada","x":"right"}', { path: "/login" }))).toBe("rate_limited");
  });

  it("are not used up by whoever is locked out of the username", async () => {
    const address = freshAddress();
    const attempt = (password: string, from = freshAddress()) => send(`{"email":"cleo","x":"${password}"}`, { path: "/guarded", address: from });
    const answers: (string | number)[] = [];
    for (let at = 0; at < 6; at += 1) answers.push(seen(await attempt("guess", address)));
    expect(answers).toEqual([401, 401, ...Array(4).fill("locked_out")]);
    expect((await attempt("right")).status).toBe(200);
    expect(seen(await attempt("right"))).toBe("rate_limited");
  });

  it("count by address where another proxy asks, and nobody sees the body", async () => {
    const ask = (address: string) => {
      const about = ["POST", "/tenants/acme/reset", "api.example.test", address];
      const fields = ["Method", "Uri", "Host", "For"].map((name, at) => `X-Forwarded-${name}: ${about[at]}\r\n`).join("");
      return rawRequest({ port: data.node.authzPort ?? 0, bytes: `GET /authz HTTP/1.1\r\nHost: api.example.test\r\n${fields}\r\n` });
    };
    const address = freshAddress();
    const statuses: (number | null)[] = [];
    for (let at = 0; at < 3; at += 1) statuses.push((await ask(address)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ask(freshAddress())).status).toBe(200);
  });

  it("slow down: what is over waits, as many as the burst at one time, and the others are refused", async () => {
    const address = freshAddress();
    const timed = async (sent: Promise<CodedAnswer>): Promise<[string | number, number]> => {
      const began = performance.now();
      return [seen(await sent), performance.now() - began];
    };
    expect((await timed(send("right", { path: "/slow", address })))[0]).toBe(200);
    const [one, other] = await Promise.all([0, 1].map(() => timed(send("right", { path: "/slow", address }))));
    expect([one?.[0], other?.[0]].sort()).toEqual([200, "rate_limited"]);
    const waited = [one, other].find((each) => each?.[0] === 200)?.[1] ?? 0;
    expect(waited).toBeGreaterThan(240);
    // Longer and longer; and its body goes on whole.
    const [status, longer] = await timed(send("right ".repeat(40_000), { path: "/slow", address }));
    expect([status, longer > 490]).toEqual([200, true]);
    expect(upstream.bodies.at(-1)?.length).toBe(240_000);
    expect(await metric('sallyport_limits_exceeded_total{action="slow_down",policy="slow"}')).toBe(3);
  });

  it("slow down by username, from wherever", async () => {
    const body = '{"right":1,"email":"ada"}';
    expect((await send(body, { path: "/slow-reset" })).status).toBe(200);
    const began = performance.now();
    expect((await send(body, { path: "/slow-reset" })).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(240);
  });

  it("forget whoever does not wait", async () => {
    const address = freshAddress();
    await send("right", { path: "/slow", address });
    const before = upstream.bodies.length;
    const head = `POST /tenants/acme/slow HTTP/1.1\r\nHost: api.example.test\r\nX-Forwarded-For: ${address}\r\nContent-Length: 5\r\n\r\nright`;
    expect((await rawRequest({ port: data.node.dataPort, bytes: head, timeoutMs: 50 })).status).toBeNull();
    // Its place is free again, and nothing of it has gone on.
    await eventually("there is room", async () => seen(await send("right", { path: "/slow", address })) === 200, 2_000);
    expect(upstream.bodies).toHaveLength(before + 1);
  });

  it("observe: everything passes, and a metric and an event say what would not have", async () => {
    for (let at = 0; at < 4; at += 1) expect((await send("right", { path: "/tried" })).status).toBe(200);
    expect(await metric('sallyport_limits_exceeded_total{action="observe",policy="trial"}')).toBe(3);
    const event = await eventually("it is told", () => [...data.plane.events.values()].find(({ route }) => route === "tried"));
    expect(event).toMatchObject({ kind: "rate_limit_exceeded", code: null, detail: "the rate limit trial is used up; it only observes" });
  });

  it("are told of in the form that the tenant asks for", async () => {
    const address = freshAddress();
    await send("right", { path: "/told", address });
    const { headers, status } = await send("right", { path: "/told", address });
    expect(status).toBe(429);
    expect(headers).toMatchObject({ "x-ratelimit-limit": "1", "x-ratelimit-remaining": "0" });
    expect(headers["x-ratelimit-reset"]).toBe(headers["retry-after"]);
    expect(headers).not.toHaveProperty("ratelimit");
    const byBody = await send('{"email":"ada","x":"right"}', { path: "/login" });
    expect(byBody.headers).toHaveProperty("x-ratelimit-limit", "1");
  });
});
