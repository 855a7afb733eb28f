import type { KeySet, KeysUnavailable, SecurityFinding } from "@sallyport/pipeline";
import { createTokenMint, type FixedClock, fixedClock, type JwksServer, startJwksServer } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdpHttp, type IdpHttp } from "../http/idp-http.js";
import { compiledIdp, importKeys } from "./import-keys.fixture.js";
import { type CachingKeySource, createKeySource } from "./key-source.js";

const first = createTokenMint({ alg: "ES256", kid: "first" });
const second = createTokenMint({ alg: "ES256", kid: "second" });
const rsa = createTokenMint({ alg: "RS256", kid: "rsa" });
const kids = (set: KeySet | KeysUnavailable | null): unknown => (set === null ? null : "keys" in set ? set.keys.map(({ kid }) => kid) : set);
const S = 1_000;

let clock: FixedClock;
let server: JwksServer;
let http: IdpHttp;
let source: CachingKeySource;
let findings: SecurityFinding[];
let ttlSeconds: number;
let tick: () => void;
let timers: { callback: () => void; ms: number; stopped: boolean }[];

const kinds = () => findings.map(({ kind }) => kind);
/** Lets background work come to its end: real sockets, so by waiting for what is expected. */
const until = async (condition: () => boolean) => {
  for (let i = 0; i < 400 && !condition(); i += 1) await new Promise((next) => setTimeout(next, 5));
  expect(condition()).toBe(true);
};
const jwksIdp = (id: `${string}/${string}` = "acme/main", overrides = {}) =>
  compiledIdp(id, { issuer: server.issuer, keys: { kind: "jwks", url: server.jwksUrl } }, overrides);

beforeEach(async () => {
  clock = fixedClock();
  server = await startJwksServer({ jwks: first.jwks() });
  http = createIdpHttp({ allowedRanges: () => ["127.0.0.0/8"] });
  findings = [];
  ttlSeconds = 300;
  timers = [];
  source = createKeySource({
    http,
    importKeys,
    clock,
    settings: () => ({ ttlSeconds, cooldownSeconds: 30, fetchTimeoutMs: 2_000 }),
    onEvent: (finding) => findings.push(finding),
    setTimer(callback, ms) {
      const timer = { callback, ms, stopped: false };
      timers.push(timer);
      tick = timers[0]?.callback ?? callback;
      return () => {
        timer.stopped = true;
      };
    },
  });
});
afterEach(async () => {
  source.close();
  await http.close();
  await server.close();
});

describe("first use", () => {
  it("fetches once for everybody who waits", async () => {
    const idp = jwksIdp();
    expect(source.current(idp)).toBeNull();
    const sets = await Promise.all(Array.from({ length: 200 }, () => source.load(idp)));
    expect(new Set(sets.map((set) => JSON.stringify(kids(set))))).toEqual(new Set(['["first"]']));
    expect(server.requests.jwks).toBe(1);
    expect(source.current(idp)).toBe(sets[0]);
  });

  it("fetches a shared URL once, and gives each IdP a set of its own that holds only keys for its algorithms", async () => {
    server.setKeys({ keys: [first.publicJwk, rsa.publicJwk] });
    const a = jwksIdp("acme/main");
    const b = compiledIdp("globex/main", { issuer: server.issuer, keys: { kind: "jwks", url: server.jwksUrl }, algorithms: ["RS256"] });
    const [ofA, ofB] = await Promise.all([source.load(a), source.load(b)]);
    expect(kids(ofA)).toEqual(["first", "rsa"]);
    expect(kids(ofB)).toEqual(["rsa"]);
    expect(ofA).not.toBe(ofB);
    await source.load(jwksIdp("third/main"));
    expect(server.requests.jwks).toBe(1);
  });

  it("of an IdP without keys finds none, calls nobody and reports nothing, whoever asks", async () => {
    const keyless = jwksIdp("acme/opaque", { spec: { ...jwksIdp().spec, keys: { kind: "none" } } });
    expect(source.current(keyless)).toBeNull();
    expect(source.refreshForUnknownKid(keyless)).toBeNull();
    expect(await source.load(keyless)).toMatchObject({ unavailable: expect.stringContaining("no keys by its configuration") });
    expect([findings, source.states(), server.requests.jwks]).toEqual([[], [], 0]);
  });

  it("follows discovery, and refuses a document that names another issuer", async () => {
    const idp = compiledIdp("acme/main", { issuer: server.issuer });
    expect(kids(await source.load(idp))).toEqual(["first"]);
    expect(server.requests).toEqual({ jwks: 1, discovery: 1, other: 0 });
    const stranger = compiledIdp("evil/main", { issuer: `${server.issuer}/other`, keys: { kind: "discovery", url: server.discoveryUrl } });
    expect(await source.load(stranger)).toMatchObject({ unavailable: expect.stringContaining("names the issuer") });
    expect(source.current(stranger)).toBeNull();
  });

  it("does not go where discovery points when the operator's ranges do not hold it", async () => {
    server.setDiscovery({ jwks_uri: "http://[::1]:1/jwks" });
    expect(await source.load(compiledIdp("acme/main", { issuer: server.issuer }))).toMatchObject({ unavailable: expect.stringContaining("::1") });
  });

  it("names the reason while keys were never had, and does not try again within the cool-down", async () => {
    server.setMode("error_500");
    const idp = jwksIdp();
    expect(await source.load(idp)).toMatchObject({ unavailable: expect.stringContaining("500") });
    for (let i = 0; i < 50; i += 1) await source.load(idp);
    expect(server.requests.jwks).toBe(1);
    expect(kinds()).toEqual(["jwks_refresh_failed"]);
    expect(source.states()).toMatchObject([{ state: "failing", kids: [], fetchedAt: null }]);
  });

  it("skips a bad member with a finding, and keeps the good ones", async () => {
    server.setKeys({ keys: [{ ...rsa.publicJwk, use: "enc" }, { kty: "oct", k: "AAAA", kid: "secret" }, first.publicJwk] });
    expect(kids(await source.load(jwksIdp()))).toEqual(["first"]);
    expect(findings).toMatchObject([
      { kind: "jwk_skipped", tenant: "acme", identityProvider: "main", detail: expect.stringMatching(/out: key 1: .*/) },
    ]);
    expect(findings[0]?.detail).not.toContain("key 0");
  });
});

describe("refreshing", () => {
  it("starts in the background at 75 % of the TTL, once, and meanwhile answers from memory", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    clock.advance(224 * S);
    source.current(idp);
    expect(server.requests.jwks).toBe(1);
    server.setKeys(second.jwks());
    clock.advance(1 * S);
    for (let i = 0; i < 100; i += 1) expect(kids(source.current(idp))).toEqual(["first"]);
    await until(() => kids(source.current(idp))?.toString() === "second");
    expect(server.requests.jwks).toBe(2);
  });

  it("is done by the refresher for IdPs in use, and for no others", async () => {
    const busy = jwksIdp("acme/main");
    await source.load(busy);
    clock.advance(230 * S);
    tick();
    await until(() => source.states()[0]?.fetchedAt === new Date(clock.now()).toISOString() || server.requests.jwks === 2);
    clock.advance(700 * S);
    tick();
    await new Promise((next) => setTimeout(next, 50));
    expect(server.requests.jwks).toBe(2);
  });

  it("begins as early as the revision that runs says, whatever the one before said", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    source.current(idp);
    clock.advance(60 * S);
    ttlSeconds = 60;
    expect(source.current(idp)).toBeNull();
    expect(kids(await source.load(idp))).toEqual(["first"]);
    expect(server.requests.jwks).toBe(2);
  });

  it("keeps the set and its generation when the keys have not changed", async () => {
    const idp = jwksIdp();
    const before = await source.load(idp);
    clock.advance(400 * S);
    expect(source.current(idp)).toBeNull();
    expect(await source.load(idp)).toBe(before);
    server.setKeys(second.jwks());
    clock.advance(400 * S);
    const after = await source.load(idp);
    expect("generation" in after && "generation" in before && after.generation > before.generation).toBe(true);
  });

  it("does not let a slower, older answer overwrite a newer one", async () => {
    const idp = jwksIdp();
    server.setMode("slow", { delayMs: 200 });
    const old = source.load(idp);
    await until(() => server.requests.jwks === 1);
    source.purge("acme/main", clock.now());
    server.setMode("good");
    server.setKeys(second.jwks());
    expect(kids(await source.load(idp))).toEqual(["second"]);
    expect(kids(await old)).toEqual(["second"]);
    expect(kids(source.current(idp))).toEqual(["second"]);
  });
});

describe("an unknown kid", () => {
  it("costs one fetch per cool-down, however many ask", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    server.resetCounts();
    server.setKeys({ keys: [first.publicJwk, second.publicJwk] });
    server.setMode("slow", { delayMs: 50 });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => source.refreshForUnknownKid(idp)));
    expect(answers.every((set) => set !== null && kids(set)?.toString() === "first,second")).toBe(true);
    for (let i = 0; i < 1_000; i += 1) expect(source.refreshForUnknownKid(idp)).toBeNull();
    expect(server.requests.jwks).toBe(1);
    clock.advance(30 * S);
    await source.refreshForUnknownKid(idp);
    expect(source.refreshForUnknownKid(idp)).toBeNull();
    expect(server.requests.jwks).toBe(2);
  });

  it("that joins a refresh which was due anyway has had its turn with it", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    clock.advance(225 * S);
    server.resetCounts();
    server.setMode("slow", { delayMs: 50 });
    source.current(idp);
    await source.refreshForUnknownKid(idp);
    expect(source.refreshForUnknownKid(idp)).toBeNull();
    expect(server.requests.jwks).toBe(1);
    clock.advance(30 * S);
    await source.refreshForUnknownKid(idp);
    expect(server.requests.jwks).toBe(2);
  });

  it("brings its keys to all who share the URL, at their next request, also those whose own are fresh", async () => {
    const [a, b] = [jwksIdp("acme/main"), jwksIdp("globex/main")];
    await Promise.all([source.load(a), source.load(b)]);
    for (const idp of [a, b]) expect(kids(source.current(idp))).toEqual(["first"]);
    server.setKeys(second.jwks());
    await source.refreshForUnknownKid(a);
    for (const idp of [a, b]) expect(kids(source.current(idp))).toEqual(["second"]);
  });

  it("shares its cool-down with all who share the URL", async () => {
    const [a, b] = [jwksIdp("acme/main"), jwksIdp("globex/main")];
    await Promise.all([source.load(a), source.load(b)]);
    server.resetCounts();
    await Promise.all([source.refreshForUnknownKid(a), source.refreshForUnknownKid(b)]);
    expect(source.refreshForUnknownKid(b)).toBeNull();
    expect(server.requests.jwks).toBe(1);
  });

  it("waits 30, 60, 120, 120 s between tries while the IdP fails", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    server.resetCounts();
    server.setMode("error_500");
    const triedAt: number[] = [];
    for (let second = 0; second < 400; second += 1) {
      const before = server.requests.jwks;
      await source.refreshForUnknownKid(idp);
      if (server.requests.jwks > before) triedAt.push(second);
      clock.advance(S);
    }
    expect(triedAt).toEqual([0, 30, 90, 210, 330]);
  });
});

describe("a flood of unknown kids", () => {
  const flood = (idp: ReturnType<typeof jwksIdp>, tokens: number, name = "token") => {
    for (let index = 0; index < tokens; index += 1) source.refusedUnknownKid(idp, `${name}-${index}`);
  };
  const endOfWindow = () => {
    const timer = timers.at(-1);
    clock.advance(timer?.ms ?? 0);
    timer?.callback();
  };

  it("is reported once for a cool-down, at its end, with how many tokens were refused", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    flood(idp, 5_000);
    expect(findings).toEqual([]);
    expect(timers.map(({ ms }) => ms)).toEqual([60_000, 30 * S]);
    endOfWindow();
    expect(findings).toMatchObject([
      { kind: "unknown_key_flood", tenant: "acme", identityProvider: "main", issuer: server.issuer, count: 5_000, detail: expect.any(String) },
    ]);
    expect(timers[1]?.stopped).toBe(true);
    flood(idp, 20);
    endOfWindow();
    expect(findings.map(({ count }) => count)).toEqual([5_000, 20]);
  });

  it("is told from one stale token that is repeated, and from a few", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    for (let count = 0; count < 1_000; count += 1) flood(idp, 9);
    clock.advance(30 * S);
    flood(idp, 9, "other");
    clock.advance(30 * S);
    source.close();
    expect(findings).toEqual([]);
    expect(timers).toHaveLength(1);
  });

  it("at one IdP says nothing of another, though both share one URL", async () => {
    const [a, b] = [jwksIdp("acme/main"), jwksIdp("globex/main")];
    await Promise.all([source.load(a), source.load(b)]);
    flood(a, 10);
    flood(b, 9);
    source.close();
    expect(findings).toMatchObject([{ tenant: "acme", count: 10 }]);
  });

  it("that goes on past the end of its window is reported although no timer came", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    flood(idp, 30);
    clock.advance(30 * S);
    flood(idp, 1);
    expect(findings).toMatchObject([{ count: 30 }]);
    source.close();
    expect(findings).toHaveLength(1);
  });
});

describe("an IdP that is away", () => {
  it("is answered for with stale keys up to the cap, then not at all, and each stage is reported once", async () => {
    const idp = jwksIdp("acme/main", { staleKeysMaxAgeMs: 3_600 * S });
    await source.load(idp);
    server.setMode("error_500");
    let served = 0;
    for (let second = 1; second <= 3_700; second += 1) {
      clock.advance(S);
      const set = source.current(idp) ?? (await source.load(idp));
      if ("keys" in set) served = second;
      await new Promise((next) => setImmediate(next));
    }
    expect(served).toBe(3_599);
    expect(kinds()).toEqual(["jwks_refresh_failed", "stale_jwks_in_use", "idp_keys_expired"]);
    expect(source.states()).toMatchObject([{ state: "expired", lastError: expect.stringContaining("500") }]);
    server.setMode("good");
    clock.advance(120 * S);
    expect(kids(await source.load(idp))).toEqual(["first"]);
    expect(source.states()).toMatchObject([{ state: "fresh", lastError: null }]);
  });

  it.each(["hang", "drip", "huge", "gzip_bomb", "many_keys", "empty_set", "html", "truncated", "error_500", "redirect", "reset"] as const)(
    "keeps its good keys in mode %s",
    async (mode) => {
      const idp = jwksIdp();
      const good = await source.load(idp);
      server.setMode(mode);
      clock.advance(301 * S);
      expect(await source.load(idp)).toBe(good);
      expect(kinds()).toEqual(["jwks_refresh_failed", "stale_jwks_in_use"]);
    },
  );

  it("keeps its good keys when discovery begins to name another issuer", async () => {
    const idp = compiledIdp("acme/main", { issuer: server.issuer });
    const good = await source.load(idp);
    server.setMode("wrong_issuer", { on: "discovery" });
    server.setKeys(second.jwks());
    clock.advance(301 * S);
    expect(await source.load(idp)).toBe(good);
    expect(source.states()).toMatchObject([{ state: "stale", lastError: expect.stringContaining("somebody-else") }]);
  });

  it("is refreshed past a discovery document that is away", async () => {
    const idp = compiledIdp("acme/main", { issuer: server.issuer });
    await source.load(idp);
    server.setMode("error_500", { on: "discovery" });
    server.setKeys(second.jwks());
    clock.advance(301 * S);
    expect(kids(await source.load(idp))).toEqual(["second"]);
  });

  it("does not count a wall clock that jumps", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    server.setMode("error_500");
    clock.setWall(clock.now() + 86_400 * S);
    expect(kids(source.current(idp))).toEqual(["first"]);
    expect(server.requests.jwks).toBe(1);
  });
});

describe("many IdPs", () => {
  it("a first use does not wait behind background refreshes of IdPs that hang", async () => {
    const servers = await Promise.all(Array.from({ length: 60 }, () => startJwksServer({ jwks: first.jwks() })));
    const idps = servers.map((each, index) => compiledIdp(`t${index}/main`, { issuer: each.issuer, keys: { kind: "jwks", url: each.jwksUrl } }));
    await Promise.all(idps.map((idp) => source.load(idp)));
    for (const each of servers) each.setMode("hang");
    clock.advance(230 * S);
    for (const idp of idps) source.current(idp);
    const began = performance.now();
    expect(kids(await source.load(jwksIdp("new/main")))).toEqual(["first"]);
    expect(performance.now() - began).toBeLessThan(500);
    await Promise.all(servers.map((each) => each.close()));
  });

  it("a shared issuer with 2,000 tenants costs one discovery and one JWKS fetch", async () => {
    const idps = Array.from({ length: 2_000 }, (_, index) => compiledIdp(`t${index}/main`, { issuer: server.issuer }));
    await Promise.all(idps.map((idp) => source.load(idp)));
    clock.advance(100 * S);
    expect(kids(await source.load(compiledIdp("late/main", { issuer: server.issuer })))).toEqual(["first"]);
    expect(server.requests).toEqual({ jwks: 1, discovery: 1, other: 0 });
    clock.advance(130 * S);
    tick();
    await until(() => server.requests.jwks === 2);
    await new Promise((next) => setTimeout(next, 100));
    expect(server.requests).toEqual({ jwks: 2, discovery: 2, other: 0 });
    expect(source.states().every(({ state }) => state === "fresh")).toBe(true);
  });
});

describe("purge, seed and retain", () => {
  const seedOf = (fetchedAt: number) => ({
    acme: { main: { fetchedAt: new Date(fetchedAt).toISOString(), jwks: { keys: [first.publicJwk as never] } } },
  });

  it("purge forgets the keys at once, whatever the back-off", async () => {
    const idp = jwksIdp();
    await source.load(idp);
    server.setMode("error_500");
    await source.refreshForUnknownKid(idp);
    source.purge("acme/main", clock.now());
    expect(source.current(idp)).toBeNull();
    server.setMode("good");
    server.setKeys(second.jwks());
    expect(kids(await source.load(idp))).toEqual(["second"]);
  });

  it("seeds verify while the IdP cannot be reached from the start, and age like fetched keys", async () => {
    server.setMode("error_500");
    source.seed(seedOf(clock.now() - 600 * S));
    const idp = jwksIdp();
    expect(kids(await source.load(idp))).toEqual(["first"]);
    clock.advance(3_001 * S);
    expect(await source.load(idp)).toMatchObject({ unavailable: expect.any(String) });
    expect(kinds()).toContain("idp_keys_expired");
  });

  it("seeds of another tenant or IdP are never used, and fetched keys win over seeds", async () => {
    server.setKeys(second.jwks());
    source.seed(seedOf(clock.now()));
    expect(kids(await source.load(jwksIdp("globex/main")))).toEqual(["second"]);
    const idp = jwksIdp("acme/main");
    expect(kids(source.current(idp))).toEqual(["first"]);
    clock.advance(301 * S);
    expect(kids(await source.load(idp))).toEqual(["second"]);
  });

  it("seeds from before a purge stay dead when they are sent again", async () => {
    server.setMode("error_500");
    source.seed(seedOf(clock.now() - 10 * S));
    const idp = jwksIdp();
    expect(kids(source.current(idp))).toEqual(["first"]);
    source.purge("acme/main", clock.now());
    source.seed(seedOf(clock.now() - 10 * S));
    expect(await source.load(idp)).toMatchObject({ unavailable: expect.any(String) });
  });

  it("retain drops what the snapshot no longer names, and a changed configuration starts anew", async () => {
    const [a, b] = [jwksIdp("acme/main"), jwksIdp("globex/main")];
    await Promise.all([source.load(a), source.load(b)]);
    source.retain({ issuers: new Map([[server.issuer, [a]]]), changes: null });
    expect(source.states().map(({ tenant }) => tenant)).toEqual(["acme"]);
    expect(source.current(b)).toBeNull();
    source.retain({ issuers: new Map([[server.issuer, [a, b]]]), changes: null });
    expect(kids(await source.load(b))).toEqual(["first"]);
    expect(source.states().map(({ tenant }) => tenant)).toEqual(["acme", "globex"]);
    const changed = compiledIdp("acme/main", { issuer: `${server.issuer}/new`, keys: { kind: "discovery", url: server.discoveryUrl } });
    expect(source.current(changed)).toBeNull();
    expect(await source.load(changed)).toMatchObject({ unavailable: expect.stringContaining("names the issuer") });
  });

  it("retain looks at what a snapshot says it changed: what stays has its keys, what is gone has none, and so has what is asked of it late", async () => {
    const tenant = (...idps: ReturnType<typeof jwksIdp>[]) => ({ identityProviders: { values: () => idps } });
    const [a, b, c] = [jwksIdp("acme/main"), jwksIdp("globex/main"), jwksIdp("hooli/main")];
    const issuers = (...idps: ReturnType<typeof jwksIdp>[]) => new Map([[server.issuer, idps]]);
    await Promise.all([source.load(a), source.load(b)]);
    source.retain({ issuers: issuers(a, b, c), changes: null });
    const fetched = server.requests.jwks;
    const anew = jwksIdp("acme/main");
    source.retain({ issuers: issuers(anew, c), changes: { brought: [tenant(anew)], gone: [tenant(a), tenant(b)] } });
    expect(kids(source.current(anew))).toEqual(["first"]);
    expect(server.requests.jwks).toBe(fetched);
    expect(source.states().map(({ tenant }) => tenant)).toEqual(["acme"]);
    // A request of the revision before is not over.
    expect(source.current(b)).toBeNull();
    await source.load(b);
    expect(source.states().map(({ tenant }) => tenant)).toEqual(["acme", "globex"]);
    tick();
    expect(source.states().map(({ tenant }) => tenant)).toEqual(["acme"]);
  });
});
