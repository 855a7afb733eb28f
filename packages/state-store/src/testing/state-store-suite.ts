import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lease, LeaseRequest } from "../limits/lease.js";
import { takeExactly } from "../limits/take-exactly.js";
import { openStateStore } from "../open-state-store.js";
import { type NewSession, type StateStore, StateStoreUnavailable } from "../sessions.js";
import { parseStateUrl } from "../state-url.js";
import { lockoutSuite } from "./lockout-suite.js";

/** A real server of the kind under test. */
export interface StateServer {
  readonly url: string;
  /** Ends it, and brings it back; what it kept may be lost. */
  halt(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const LIFE = { idleMs: 60_000, absoluteMs: 600_000 };
const digest = (): string => createHash("sha256").update(randomBytes(32)).digest("hex");

const sessionOf = (more: Partial<NewSession> = {}): NewSession => ({
  identityProvider: "main",
  issuer: "https://id.acme.example",
  subject: "ada",
  idpSession: null,
  data: '{"claims":{"name":"Ada ✓"}}',
  ...more,
});

/** Looks again until it holds: time is the store's, and cannot be set. */
export async function until(what: string, look: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`in ${timeoutMs} ms it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A call has half a second, its wait for a connection included: a test that sends hundreds at once would measure the machine. */
async function inBlocks<T>(items: readonly T[], work: (item: T, at: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += 15) await Promise.all(items.slice(from, from + 15).map((item, at) => work(item, from + at)));
}

export function openUrl(url: string): StateStore {
  const parsed = parseStateUrl(url);
  if (!parsed.ok) throw new Error(parsed.fault);
  return openStateStore(parsed.address, { onError: () => undefined });
}

export const answers = (store: StateStore): Promise<boolean> =>
  store.ping().then(
    () => true,
    () => false,
  );

/** What every store must do, whatever it is made of. Two clients stand for two nodes. */
export function stateStoreSuite(name: string, startServer: () => Promise<StateServer>): void {
  describe(name, () => {
    let server: StateServer;
    let one: StateStore;
    let two: StateStore;
    beforeAll(async () => {
      server = await startServer();
      one = openUrl(server.url);
      two = openUrl(server.url);
      await until("both clients are connected", async () => (await answers(one)) && (await answers(two)));
    }, 60_000);
    afterAll(async () => {
      await Promise.all([one?.close(), two?.close()]);
      await server?.close();
    });

    it("a session made at one node is found at the other, with all that was said of it", async () => {
      const id = digest();
      const session = sessionOf({ idpSession: "sid-1" });
      await one.sessions.create("acme", id, session, LIFE);
      const found = await two.sessions.get("acme", id);
      if (found.state !== "live") throw new Error(found.state);
      expect(found.session).toMatchObject({ ...session, digest: id });
      const { createdAtMs, extendedAtMs, expiresAtMs } = found.session;
      expect([extendedAtMs, expiresAtMs - createdAtMs]).toEqual([createdAtMs, LIFE.idleMs]);
      expect(Math.abs(found.nowMs - createdAtMs)).toBeLessThan(10_000);
      expect(Math.abs(found.nowMs - Date.now())).toBeLessThan(10_000);
    });

    it("a session of one tenant is unknown at another, also by name, subject and list", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf({ subject: "eve", idpSession: "eves" }), LIFE);
      expect(await one.sessions.get("globex", id)).toEqual({ state: "unknown" });
      expect(await one.sessions.remove("globex", id)).toBe(false);
      expect(await one.sessions.extend("globex", id, { idleMs: 1, everyMs: 0 })).toBe(false);
      expect(await one.sessions.removeOfSubject("globex", { identityProvider: "main", subject: "eve" })).toBe(0);
      expect(await one.sessions.removeOfIdpSession("globex", { identityProvider: "main", idpSession: "eves" })).toBe(0);
      expect(await one.sessions.removeOfTenant("globex")).toBe(0);
      expect(await one.sessions.list("globex", { limit: 10 })).toEqual({ sessions: [], next: null });
      expect((await two.sessions.get("acme", id)).state).toBe("live");
    });

    it("what is removed at one node is gone at the other, once", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf(), LIFE);
      expect(await two.sessions.remove("acme", id)).toBe(true);
      expect(await one.sessions.get("acme", id)).toEqual({ state: "unknown" });
      expect(await one.sessions.remove("acme", id)).toBe(false);
    });

    it("an idle session expires, and is known as expired", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf(), { idleMs: 150, absoluteMs: 60_000 });
      await until("it expires", async () => (await two.sessions.get("acme", id)).state === "expired");
      expect(await one.sessions.extend("acme", id, { idleMs: 60_000, everyMs: 0 })).toBe(false);
      expect(await one.sessions.get("acme", id)).toEqual({ state: "expired" });
      expect(await one.sessions.remove("acme", id)).toBe(false);
    });

    it("is extended by one of many who try at once, and again only when its time has come", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf(), LIFE);
      expect(await one.sessions.extend("acme", id, { ...LIFE, everyMs: 60_000 })).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      const tries = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : two).sessions.extend("acme", id, { idleMs: 90_000, everyMs: 1_500 }));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      const found = await one.sessions.get("acme", id);
      expect(found.state === "live" && found.session.expiresAtMs - found.session.extendedAtMs).toBe(90_000);
    });

    it("is never extended past its absolute end, nor back from the dead", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf(), { idleMs: 60_000, absoluteMs: 61_000 });
      expect(await one.sessions.extend("acme", id, { idleMs: 600_000, everyMs: 0 })).toBe(true);
      const found = await one.sessions.get("acme", id);
      expect(found.state === "live" && found.session.expiresAtMs - found.session.createdAtMs).toBe(61_000);
      await one.sessions.remove("acme", id);
      expect(await two.sessions.extend("acme", id, { idleMs: 600_000, everyMs: 0 })).toBe(false);
      expect(await one.sessions.get("acme", id)).toEqual({ state: "unknown" });
    });

    it("all sessions of a subject at one identity provider end, and nobody else's", async () => {
      const [mine, other, elsewhere, stranger] = [digest(), digest(), digest(), digest()];
      await one.sessions.create("initech", mine, sessionOf(), LIFE);
      await two.sessions.create("initech", other, sessionOf({ idpSession: "x" }), LIFE);
      await one.sessions.create("initech", elsewhere, sessionOf({ identityProvider: "second" }), LIFE);
      await one.sessions.create("initech", stranger, sessionOf({ subject: "bob" }), LIFE);
      expect(await one.sessions.removeOfSubject("initech", { identityProvider: "main", subject: "ada" })).toBe(2);
      const states = await Promise.all([mine, other, elsewhere, stranger].map(async (id) => (await two.sessions.get("initech", id)).state));
      expect(states).toEqual(["unknown", "unknown", "live", "live"]);
      expect(await one.sessions.removeOfTenant("initech")).toBe(2);
      expect((await one.sessions.list("initech", { limit: 10 })).sessions).toEqual([]);
    });

    it("the sessions of one session at the identity provider end", async () => {
      const [mine, other] = [digest(), digest()];
      await one.sessions.create("acme", mine, sessionOf({ idpSession: "s:1\n{acme}" }), LIFE);
      await one.sessions.create("acme", other, sessionOf({ idpSession: "s:2" }), LIFE);
      expect(await two.sessions.removeOfIdpSession("acme", { identityProvider: "main", idpSession: "s:1\n{acme}" })).toBe(1);
      expect((await one.sessions.get("acme", mine)).state).toBe("unknown");
      expect((await one.sessions.get("acme", other)).state).toBe("live");
    });

    it("a tenant's sessions come in pages that miss none and repeat none, and a subject's too", async () => {
      const ids = Array.from({ length: 45 }, digest);
      await inBlocks(ids, (id, at) => one.sessions.create("umbrella", id, sessionOf({ subject: at % 3 === 0 ? "ada" : "bob" }), LIFE));
      const expired = digest();
      await one.sessions.create("umbrella", expired, sessionOf(), { idleMs: 1, absoluteMs: 60_000 });
      await until("it expires", async () => (await one.sessions.get("umbrella", expired)).state === "expired");
      const read = async (subject?: string): Promise<string[]> => {
        const seen: string[] = [];
        let after: string | undefined;
        for (;;) {
          const of = subject === undefined ? undefined : { identityProvider: "main", subject };
          const page = await two.sessions.list("umbrella", { limit: 10, after, subject: of });
          seen.push(...page.sessions.map((session) => session.digest));
          if (page.next === null) return seen;
          after = page.next;
        }
      };
      expect(await read()).toEqual([...ids].sort());
      expect(await read("ada")).toEqual(ids.filter((_, at) => at % 3 === 0).sort());
      expect(await one.sessions.removeOfTenant("umbrella")).toBe(45);
      expect(await read()).toEqual([]);
    });

    it("more sessions than one step takes away end together", async () => {
      const ids = Array.from({ length: 450 }, digest);
      await inBlocks(ids, (id) => one.sessions.create("hooli", id, sessionOf(), LIFE));
      expect(await two.sessions.removeOfSubject("hooli", { identityProvider: "main", subject: "ada" })).toBe(450);
      expect((await one.sessions.list("hooli", { limit: 1 })).sessions).toEqual([]);
    });

    it("a login is taken once, by one of many who try, at its own tenant, within its time", async () => {
      const id = digest();
      await one.logins.put("acme", id, "begun ✓", 60_000);
      expect(await two.logins.take("globex", id)).toBeNull();
      const taken = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? one : two).logins.take("acme", id)));
      expect(taken.filter((each) => each !== null)).toEqual(["begun ✓"]);
      const brief = digest();
      await one.logins.put("acme", brief, "begun", 20);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await one.logins.take("acme", brief)).toBeNull();
    });

    it("counts within a window that begins with the first count, for each tenant", async () => {
      const key = digest();
      const counts = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? one : two).counters.increment("acme", key, 1_500)));
      expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const { resetsInMs } of counts) expect(resetsInMs > 0 && resetsInMs <= 1_500).toBe(true);
      expect(await one.counters.increment("globex", key, 1_500)).toMatchObject({ count: 1 });
      await two.counters.reset("acme", key);
      expect(await one.counters.increment("acme", key, 1_500)).toMatchObject({ count: 1 });
      await until("the window ends", async () => (await one.counters.increment("acme", key, 1_500)).count === 1);
    });

    it("grants requests of a bucket as the reference says, whoever asks", async () => {
      const policy = { limit: 10, windowSeconds: 10, burst: 6 };
      const terms = { horizonMs: 50, nodes: 2 };
      const key = digest();
      const ask = (store: StateStore, more: Partial<LeaseRequest> = {}) =>
        store.limits.lease([{ ...policy, key, used: 0, usedSinceMs: 0, returned: 0, want: 0, ...more }], terms).then(([lease]) => lease as Lease);
      const began = performance.now();
      // Of six that could pass at once each of two nodes gets half of what is left, and the last one whoever comes.
      expect(await ask(one, { want: 10 })).toMatchObject({ granted: 3 });
      expect(await ask(two, { want: 10 })).toMatchObject({ granted: 1 });
      expect(await ask(one, { want: 1, used: 1 })).toMatchObject({ granted: 1 });
      const empty = await ask(two, { want: 5 });
      const passed = performance.now() - began;
      expect(empty.granted).toBe(0);
      expect(empty.waitMs).toBeGreaterThan(900 - passed);
      expect(empty.waitMs).toBeLessThanOrEqual(1_000);
      expect(empty.remaining).toBeLessThan(passed / 1_000 + 0.001);
      // What nobody needed is there again, and one second brings one.
      expect(await ask(two, { want: 5, returned: 2 })).toMatchObject({ granted: 1 });
      expect(await ask(two, { want: 5 })).toMatchObject({ granted: 1 });
      await until("another one has come in", async () => (await ask(one, { want: 1 })).granted === 1);
      expect(performance.now() - began).toBeGreaterThan(900);
    });

    it("grants no request twice, however many ask at once and in whatever order", async () => {
      const policy = { limit: 1, windowSeconds: 3_600, burst: 40 };
      const keys = Array.from({ length: 6 }, digest);
      const asks = Array.from({ length: 8 }, (_, index) => {
        const order = index % 2 === 0 ? keys : [...keys].reverse();
        const requests = order.map((key) => ({ ...policy, key, used: 0, usedSinceMs: 0, returned: 0, want: 7 }));
        return (index % 3 === 0 ? one : two).limits
          .lease(requests, { horizonMs: 50, nodes: 1 })
          .then((leases) => leases.map((lease, at) => [order[at], lease.granted] as const));
      });
      const granted = new Map<string | undefined, number>();
      for (const [key, count] of (await Promise.all(asks)).flat()) granted.set(key, (granted.get(key) ?? 0) + count);
      expect([...granted.values()]).toEqual(keys.map(() => 40));
    });

    it("takes one request from whichever node, exactly as many as there are", async () => {
      const policy = { limit: 5, windowSeconds: 3_600, burst: 5 };
      const key = digest();
      const taken = await Promise.all(Array.from({ length: 9 }, (_, at) => takeExactly((at % 2 === 0 ? one : two).limits, key, policy)));
      expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
      for (const { allowed, retryAfterSeconds } of taken) if (!allowed) expect(retryAfterSeconds > 700 && retryAfterSeconds <= 720).toBe(true);
    });

    it("knows how many nodes count, and forgets those that fall silent", async () => {
      expect(await one.limits.present("one", 300)).toBe(1);
      expect(await two.limits.present("two", 300)).toBe(2);
      await until("the other one is forgotten", async () => (await one.limits.present("one", 300)) === 1);
    });

    it("a proof is used once, by one of many who try at both nodes, for each tenant, and again after its time", async () => {
      const id = digest();
      const tries = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : two).proofs.use("acme", id, 60_000));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      expect(await two.proofs.use("acme", id, 1)).toBe(false);
      expect(await one.proofs.use("acme", id, 60_000)).toBe(false);
      expect(await one.proofs.use("globex", id, 60_000)).toBe(true);
      const brief = digest();
      expect(await one.proofs.use("acme", brief, 300)).toBe(true);
      expect(await two.proofs.use("acme", brief, 60_000)).toBe(false);
      await until("its time is over", () => two.proofs.use("acme", brief, 60_000));
      expect(await one.proofs.use("acme", brief, 60_000)).toBe(false);
    });

    lockoutSuite(() => [one, two]);

    it("away, it says so in bounded time; back again, it answers by itself", async () => {
      const id = digest();
      await one.sessions.create("acme", id, sessionOf(), LIFE);
      await server.halt();
      for (let tries = 0; tries < 5; tries += 1) {
        const began = performance.now();
        await expect(one.sessions.get("acme", id)).rejects.toBeInstanceOf(StateStoreUnavailable);
        expect(performance.now() - began).toBeLessThan(1_500);
      }
      await server.start();
      await until("both answer again", async () => (await answers(one)) && (await answers(two)));
      const again = digest();
      await until("a session can be made again", () =>
        one.sessions.create("acme", again, sessionOf(), LIFE).then(
          () => true,
          () => false,
        ),
      );
      expect((await two.sessions.get("acme", again)).state).toBe("live");
    }, 60_000);
  });
}
