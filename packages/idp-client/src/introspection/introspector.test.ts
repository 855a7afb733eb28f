import { type FixedClock, fixedClock, type HostileIdp, startHostileIdp } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AskingBench, introspectedIdp, SECRET, startAsking } from "./asked.fixture.js";
import type { IntrospectedIdp } from "./locate-endpoint.js";

const S = 1_000;
let server: HostileIdp;
let bench: AskingBench<FixedClock>;
let says: (token: string) => unknown;
const known = { active: true, sub: "user-1" };
const idpAt = (introspection: Record<string, unknown> = {}, overrides: Partial<IntrospectedIdp> = {}, id: `${string}/${string}` = "acme/main") =>
  introspectedIdp(
    id,
    { issuer: server.issuer, keys: { kind: "none" }, introspection: { endpoint: server.introspectionUrl, ...introspection } },
    overrides,
  );
const snapshotOf = (...idps: IntrospectedIdp[]) => ({
  tenants: new Map(idps.map((idp) => [idp.tenant, { identityProviders: new Map([[idp.name, idp]]) }])),
});
const asked = () => server.requests.introspection;

beforeEach(async () => {
  says = (token) => (token.startsWith("good") ? known : { active: false });
  server = await startHostileIdp({ jwks: { keys: [] }, answer: (token) => says(token) });
  bench = startAsking(fixedClock());
});
afterEach(async () => {
  await bench.close();
  await server.close();
});

describe("an answer", () => {
  it("is asked for once, and serves until its time is up", async () => {
    const idp = idpAt();
    const first = await bench.ask(idp, "good");
    expect(first).toMatchObject({ state: "active", token: { claims: known, askedAtMs: bench.clock.now() } });
    bench.clock.advance(29_999);
    expect(bench.ask(idp, "good")).toEqual(first);
    expect(asked()).toBe(1);
    bench.clock.advance(1);
    await bench.ask(idp, "good");
    expect(asked()).toBe(2);
  });

  it("that says inactive is kept as well", async () => {
    const idp = idpAt();
    expect(await bench.ask(idp, "unknown")).toEqual({ state: "inactive" });
    expect(bench.ask(idp, "unknown")).toEqual({ state: "inactive" });
    expect(asked()).toBe(1);
  });

  it("never serves past the token's own end, whatever the cache's time", async () => {
    const idp = idpAt({ cacheSeconds: 600 });
    says = () => ({ ...known, exp: Math.floor(bench.clock.now() / S) + 10 });
    await bench.ask(idp, "good");
    bench.clock.advance(9_999);
    await bench.ask(idp, "good");
    expect(asked()).toBe(1);
    bench.clock.advance(1);
    says = () => ({ active: false });
    expect(await bench.ask(idp, "good")).toEqual({ state: "inactive" });
    expect(asked()).toBe(2);
  });

  it("is asked for every time with cacheSeconds 0, and still serves while the endpoint is away", async () => {
    const idp = idpAt({ cacheSeconds: 0, retries: 0 });
    await bench.ask(idp, "good");
    await bench.ask(idp, "good");
    expect(asked()).toBe(2);
    server.setMode("introspection", "error_500");
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", last: { claims: known } });
    says = () => ({ active: false });
    server.setMode("introspection", "good");
    await bench.ask(idp, "good");
    server.setMode("introspection", "error_500");
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", last: null });
  });

  it("is one call for everybody who asks about the token meanwhile", async () => {
    const idp = idpAt();
    const answers = await Promise.all(Array.from({ length: 200 }, () => bench.ask(idp, "good")));
    expect(new Set(answers).size).toBe(1);
    expect(asked()).toBe(1);
    expect(bench.introspector.counts()).toMatchObject({ shared: 199, calls: { active: 1 } });
  });

  it("belongs to one tenant and one configuration of one IdP", async () => {
    await bench.ask(idpAt(), "good");
    await bench.ask(idpAt({}, {}, "globex/main"), "good");
    expect(asked()).toBe(2);
    await bench.ask(idpAt({ subject: "username" }), "good");
    expect(asked()).toBe(3);
    // Compiled again without a change: another route of the tenant was published.
    bench.ask(idpAt(), "good");
    expect(asked()).toBe(3);
  });

  it("does not outlive its IdP in the snapshot, nor a purge", async () => {
    const idp = idpAt();
    await bench.ask(idp, "good");
    bench.introspector.retain(snapshotOf(idpAt()));
    await bench.ask(idpAt(), "good");
    expect(asked()).toBe(1);
    bench.introspector.retain(snapshotOf(idpAt({ timeoutMs: 400 })));
    expect(bench.introspector.states()).toEqual([]);
    await bench.ask(idp, "good");
    expect(asked()).toBe(2);
    bench.introspector.purge("acme/main");
    await bench.ask(idp, "good");
    expect(asked()).toBe(3);
    bench.introspector.purge("acme/other");
    await bench.ask(idp, "good");
    expect(asked()).toBe(3);
  });

  it("that was on its way during a purge is not kept", async () => {
    const idp = idpAt();
    const onItsWay = bench.ask(idp, "good");
    bench.introspector.purge("acme/main");
    expect(await onItsWay).toMatchObject({ state: "active" });
    await bench.ask(idp, "good");
    expect(asked()).toBe(2);
  });
});

describe("while an endpoint is away", () => {
  it("what was known serves as long as the routes allow, and no longer", async () => {
    const idp = idpAt({ retries: 0 });
    await bench.ask(idp, "good");
    server.setMode("introspection", "error_500");
    bench.clock.advance(300_000);
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", last: { claims: known } });
    bench.clock.advance(1);
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", last: null });
    expect(await bench.ask(idp, "good-but-new")).toMatchObject({ state: "unavailable", last: null });
  });

  it("an error takes no place in the cache: the next question asks again", async () => {
    const idp = idpAt({ retries: 0 });
    server.setMode("introspection", "error_500");
    await bench.ask(idp, "good");
    server.setMode("introspection", "good");
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "active" });
  });

  it("what was refuted does not come back as known", async () => {
    const idp = idpAt({ retries: 0 });
    await bench.ask(idp, "good");
    bench.clock.advance(31 * S);
    says = () => ({ active: false });
    await bench.ask(idp, "good");
    bench.clock.advance(31 * S);
    server.setMode("introspection", "error_500");
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", last: null });
  });

  it("each try is repeated as often as configured, 50 ms apart with jitter", async () => {
    server.setMode("introspection", "error_500");
    await bench.ask(idpAt(), "good");
    expect(asked()).toBe(3);
    expect(bench.pauses).toEqual([50, 50]);
    bench.introspector.purge("acme/main");
    await bench.close();
    bench = startAsking(fixedClock(), { random: () => 0 });
    await bench.ask(idpAt({ retries: 1 }), "good");
    expect(bench.pauses).toEqual([25]);
  });

  it.each([
    ["error_500", 3, true],
    ["reset", 3, true],
    ["hang", 3, true],
    [503, 3, true],
    [429, 3, false],
    [400, 1, false],
    [401, 1, false],
    [403, 1, false],
    ["html", 1, false],
    ["redirect", 1, false],
    ["no_content", 1, false],
    ["active_text", 1, false],
  ] as const)("mode %s is tried %d times; the endpoint is away: %s", async (mode, times, away) => {
    server.setMode("introspection", mode);
    // Only what never answers should run into the time-out: a busy machine must not count as one.
    expect(await bench.ask(idpAt({ timeoutMs: mode === "hang" ? 60 : 5_000 }), "good")).toMatchObject({ state: "unavailable", away });
    expect(asked()).toBe(times);
  });

  it.each([
    ["error_500", true],
    [400, false],
  ] as const)("an open breaker that %s opened says whether the endpoint is away: %s", async (mode, away) => {
    const idp = idpAt({ retries: 0 });
    server.setMode("introspection", mode);
    for (let count = 0; count < 6; count += 1) await bench.ask(idp, `bad-${count}`);
    expect(bench.introspector.states()).toMatchObject([{ breaker: "open" }]);
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable", away });
  });

  it("a pause that the provider asks for is kept when it is short, and not waited for when it is long", async () => {
    const polite = await startHostileIdp({ jwks: { keys: [] }, retryAfter: 1 });
    const long = await startHostileIdp({ jwks: { keys: [] }, retryAfter: 2 });
    polite.setMode("introspection", 429);
    long.setMode("introspection", 429);
    await bench.ask(idpAt({ endpoint: polite.introspectionUrl }), "good");
    expect([polite.requests.introspection, bench.pauses]).toEqual([3, [1_000, 1_000]]);
    await bench.ask(idpAt({ endpoint: long.introspectionUrl }), "good");
    expect([long.requests.introspection, bench.pauses.length]).toEqual([1, 2]);
    await Promise.all([polite.close(), long.close()]);
  });

  it("it is left alone after five failures, tried with two probes after 30 s, and recovers by itself", async () => {
    const idp = idpAt({ retries: 0 });
    server.setMode("introspection", "error_500");
    for (let count = 0; count < 20; count += 1) expect(await bench.ask(idp, `good-${count}`)).toMatchObject({ state: "unavailable" });
    expect(asked()).toBe(5);
    expect(bench.introspector.states()).toMatchObject([{ tenant: "acme", identityProvider: "main", breaker: "open" }]);
    server.setMode("introspection", "good");
    bench.clock.advance(30 * S);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, count) => bench.ask(idp, `good-${count}`)));
    expect(answers.map(({ state }) => state).sort()).toEqual(["active", "active", ...Array(4).fill("unavailable")]);
    expect(await bench.ask(idp, "good-5")).toMatchObject({ state: "active" });
    expect(bench.introspector.states()).toMatchObject([{ breaker: "closed", lastError: null }]);
  });

  it("a question with retries stops when the breaker opens in between", async () => {
    server.setMode("introspection", "error_500");
    bench.breaker.failures = 2;
    await bench.ask(idpAt(), "good");
    expect(asked()).toBe(2);
  });

  it("one tenant's trouble with an endpoint does not keep another tenant from it", async () => {
    const bad = idpAt({ retries: 0, client: { method: "client_secret_basic", clientId: "mallory", secret: "introspection" } }, {}, "evil/main");
    server.setMode("introspection", 401);
    for (let count = 0; count < 10; count += 1) await bench.ask(bad, `t${count}`);
    server.setMode("introspection", "good");
    expect(await bench.ask(bad, "good")).toMatchObject({ state: "unavailable" });
    expect(await bench.ask(idpAt(), "good")).toMatchObject({ state: "active" });
  });

  it("it is reported once, the breaker once, and again in the next run of trouble; neither names a token or a secret", async () => {
    const idp = idpAt({ retries: 0 });
    server.setMode("introspection", "error_500");
    for (let count = 0; count < 10; count += 1) await bench.ask(idp, `good-${count}`);
    bench.clock.advance(31 * S);
    for (let count = 0; count < 10; count += 1) await bench.ask(idp, `good-${count}`);
    expect(bench.kinds()).toEqual(["introspection_failed", "breaker_open"]);
    server.setMode("introspection", "good");
    bench.clock.advance(31 * S);
    await bench.ask(idp, "good-a");
    await bench.ask(idp, "good-b");
    server.setMode("introspection", 401);
    await bench.ask(idp, "good-secret-token");
    expect(bench.kinds()).toEqual(["introspection_failed", "breaker_open", "introspection_failed"]);
    expect(bench.findings[0]).toMatchObject({ tenant: "acme", identityProvider: "main", issuer: server.issuer, subject: null });
    const told = JSON.stringify([bench.findings, bench.introspector.states()]);
    expect(told).not.toContain("good-");
    expect(told).not.toContain("s3cret");
  });

  it("trouble that nobody has met again for ten minutes is told no longer", async () => {
    server.setMode("introspection", "error_500");
    await bench.ask(idpAt(), "good");
    expect(bench.introspector.states()).toMatchObject([{ lastError: expect.stringContaining("500") }]);
    bench.clock.advance(600 * S + 1);
    expect(bench.introspector.states()).toMatchObject([{ lastError: null }]);
  });

  it("more tokens than can be asked about at one time are refused at once", async () => {
    server.setMode("introspection", "hang");
    const idp = idpAt({ retries: 0, timeoutMs: 300 });
    const questions = Array.from({ length: 1_500 }, (_, count) => bench.ask(idp, `t${count}`));
    const refused = questions.filter((each) => !(each instanceof Promise));
    expect(refused).toHaveLength(476);
    expect(refused[0]).toMatchObject({ state: "unavailable", reason: expect.stringContaining("too many") });
    await Promise.all(questions);
    expect(server.requests.introspection).toBeLessThanOrEqual(64);
  });
});

describe("where to ask", () => {
  const discovered = (more: Record<string, unknown> = {}) => introspectedIdp("acme/main", { issuer: server.issuer, ...more });

  it("stands in the discovery document, which is read once", async () => {
    const idp = discovered();
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "active" });
    await bench.ask(idp, "good-2");
    expect(server.requests).toMatchObject({ discovery: 1, introspection: 2 });
  });

  it("is not believed of a document with another issuer: nothing is asked, and the document once per cool-down", async () => {
    server.setMode("discovery", "wrong_issuer");
    for (let count = 0; count < 10; count += 1) expect(await bench.ask(discovered(), "good")).toMatchObject({ state: "unavailable" });
    expect(server.requests).toMatchObject({ discovery: 1, introspection: 0 });
    server.setMode("discovery", "good");
    bench.clock.advance(30 * S);
    expect(await bench.ask(discovered(), "good")).toMatchObject({ state: "active" });
  });

  it("is remembered while the document cannot be read again", async () => {
    const idp = discovered();
    await bench.ask(idp, "good");
    server.setMode("discovery", "error_500");
    bench.clock.advance(3_600 * S);
    expect(await bench.ask(idp, "good")).toMatchObject({ state: "active" });
  });

  it("is nowhere without an introspection_endpoint", async () => {
    const { close, issuer } = await startHostileIdp({ jwks: { keys: [] } });
    await close();
    expect(await bench.ask(introspectedIdp("acme/main", { issuer }), "good")).toMatchObject({ state: "unavailable", last: null });
    expect(bench.introspector.counts().calls.no_endpoint).toBe(1);
  });
});

describe("who we are", () => {
  it("client_secret_basic: id and secret form-encoded in the Authorization field (RFC 6749 §2.3.1), the token in the form", async () => {
    await bench.ask(idpAt({ client: { method: "client_secret_basic", clientId: "gate way:1", secret: "introspection" } }), "good");
    const [question] = server.questions;
    const [id = "", secret = ""] = Buffer.from(question?.authorization?.replace("Basic ", "") ?? "", "base64")
      .toString()
      .split(":");
    expect([id, secret]).toEqual(["gate+way%3A1", "s3cret%3Awith+space%2F%2B%C3%BC"]);
    expect(Object.fromEntries(question?.form ?? [])).toEqual({ token: "good", token_type_hint: "access_token" });
  });

  it("client_secret_post: both in the form, and no Authorization field", async () => {
    await bench.ask(idpAt({ client: { method: "client_secret_post", clientId: "gateway", secret: "introspection" } }), "good");
    const [question] = server.questions;
    expect(question?.authorization).toBeNull();
    expect(Object.fromEntries(question?.form ?? [])).toMatchObject({ token: "good", client_id: "gateway", client_secret: SECRET });
  });

  it("without the secret nothing is sent, and the report says which is missing", async () => {
    const idp = idpAt({ client: { method: "client_secret_post", clientId: "gateway", secret: "elsewhere" } });
    for (let count = 0; count < 10; count += 1) expect(await bench.ask(idp, "good")).toMatchObject({ state: "unavailable" });
    expect(asked()).toBe(0);
    expect(bench.findings).toMatchObject([{ kind: "introspection_failed", detail: expect.stringContaining("secret elsewhere of acme") }]);
    expect(bench.introspector.states()).toMatchObject([{ breaker: "closed" }]);
  });
});
