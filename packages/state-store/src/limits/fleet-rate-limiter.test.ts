import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gcra, type RateLimit } from "../gcra.js";
import { StateStoreUnavailable } from "../sessions.js";
import { createFleetRateLimiter, type FleetRateLimiter } from "./fleet-rate-limiter.js";
import { type LeaseTerms, type LimitStore, leaseFrom } from "./lease.js";

/** The store as every store must be, on the simulation's clock. */
class MemoryStore implements LimitStore {
  readonly buckets = new Map<string, number>();
  readonly seen = new Map<string, number>();
  leases = 0;
  away = false;
  /** Answers nothing, as a process that was stopped: callers give up after a while. */
  frozen = false;
  readonly #waiting: { untilMs: number; giveUp: (error: Error) => void }[] = [];
  /** From a question to its answer; it is asked half way. */
  latencyMs: () => number = () => 0;
  readonly #late: { atMs: number; go: () => void }[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Time has passed. */
  tick(): void {
    for (const late of this.#late.splice(0)) {
      if (this.#now() >= late.atMs) late.go();
      else this.#late.push(late);
    }
    for (const waiting of this.#waiting.splice(0)) {
      if (this.#now() >= waiting.untilMs) waiting.giveUp(new StateStoreUnavailable("no answer in time"));
      else this.#waiting.push(waiting);
    }
  }

  async #pass(): Promise<void> {
    const ms = this.latencyMs() / 2;
    if (ms > 0) await new Promise<void>((go) => this.#late.push({ atMs: this.#now() + ms, go }));
  }

  #freeze = (): Promise<never> => new Promise((_, giveUp) => this.#waiting.push({ untilMs: this.#now() + 500, giveUp }));

  async lease(requests: Parameters<LimitStore["lease"]>[0], terms: LeaseTerms) {
    if (this.frozen) await this.#freeze();
    if (this.away) throw new StateStoreUnavailable("away");
    this.leases += 1;
    await this.#pass();
    const leases = requests.map((request) => {
      const { state, lease } = leaseFrom(this.buckets.get(request.key) ?? null, this.#now(), request, terms);
      this.buckets.set(request.key, state);
      return lease;
    });
    await this.#pass();
    return leases;
  }

  async present(node: string, silentMs: number) {
    if (this.frozen) await this.#freeze();
    if (this.away) throw new StateStoreUnavailable("away");
    this.seen.set(node, this.#now());
    return [...this.seen.values()].filter((at) => this.#now() - at <= silentMs).length;
  }
}

interface Node {
  readonly limiter: FleetRateLimiter;
  readonly timers: { callback: () => void; everyMs: number; nextMs: number }[];
}

/** Nodes on one clock that moves a millisecond at a time. */
class Simulation {
  now = 0;
  /** How late a timer rings. */
  jitterMs: () => number = () => 0;
  readonly store = new MemoryStore(() => this.now);
  readonly nodes: Node[] = [];

  add({ offsetMs = 0, maxBuckets = 200_000 } = {}): Node {
    const timers: Node["timers"] = [];
    const limiter = createFleetRateLimiter({
      ...{ store: this.store, node: `node-${this.nodes.length}`, clock: { now: () => this.now }, maxBuckets },
      setTimer(callback, everyMs) {
        timers.push({ callback, everyMs, nextMs: offsetMs + everyMs });
        return () => timers.splice(0);
      },
    });
    const node = { limiter, timers };
    this.nodes.push(node);
    return node;
  }

  /** @param arrive called for each millisecond */
  async run(ms: number, arrive: () => void): Promise<void> {
    for (const end = this.now + ms; this.now < end; this.now += 1) {
      this.store.tick();
      for (const { timers } of this.nodes) {
        for (const timer of timers) {
          if (this.now < timer.nextMs) continue;
          timer.nextMs = this.now + timer.everyMs + this.jitterMs();
          timer.callback();
        }
      }
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
      arrive();
    }
  }
}

/** The same numbers each time. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const THOUSAND: RateLimit = { limit: 1_000, windowSeconds: 1, burst: 100 };

describe("limits across nodes", () => {
  it.each([
    ["a steady load", () => 1, [0, 0]],
    ["a load half above it", (now: number) => (now % 10 === 0 ? 5 : 0), [0, 0]],
    ["a load that comes in bursts", (now: number) => (now % 10 === 0 && now % 500 < 250 ? 10 : 0), [0, 0]],
    ["a load at one node", (now: number, node: number) => (now % 10 === 0 ? ([13, 1, 1][node] ?? 0) : 0), [0, 0]],
    ["a load that wanders from node to node", (now: number, node: number) => (Math.floor(now / 2_000) % 3 === node ? 3 : 0), [0, 0]],
    ["a steady load, with a store that takes its time", (now: number) => (now % 10 === 0 ? 5 : 0), [30, 20]],
    ["bursts, with a store that takes its time", (now: number) => (now % 10 === 0 && now % 500 < 250 ? 10 : 0), [5, 4]],
    ["a load at one node, with a store that takes its time", (now: number, node: number) => (now % 10 === 0 ? ([13, 1, 1][node] ?? 0) : 0), [30, 20]],
  ] as const)("let pass what the policy says, within three in a hundred, under %s", async (_, arrivals, [jitterMs, latencyMs]) => {
    const simulation = new Simulation();
    const random = pseudoRandom();
    simulation.jitterMs = () => random() * jitterMs;
    simulation.store.latencyMs = () => random() * latencyMs;
    for (const offset of [0, 17, 31]) simulation.add({ offsetMs: offset });
    let passed = 0;
    let allowed = 0;
    let arrival: number | null = null;
    await simulation.run(1_000, () => undefined);
    await simulation.run(20_000, () => {
      simulation.nodes.forEach(({ limiter }, node) => {
        for (let each = 0; each < arrivals(simulation.now, node); each += 1) {
          if (limiter.take("bucket", THOUSAND).allowed) passed += 1;
          const one = gcra(arrival, simulation.now, THOUSAND);
          arrival = one.state;
          if (one.allowed) allowed += 1;
        }
      });
    });
    // What one node alone, that saw every request, would have let pass.
    expect(passed / allowed).toBeGreaterThan(0.97);
    expect(passed / allowed).toBeLessThan(1.03);
  });

  it("refuse nobody who keeps to the policy, and seldom ask", async () => {
    const simulation = new Simulation();
    for (const offset of [0, 17, 31]) simulation.add({ offsetMs: offset });
    let refused = 0;
    await simulation.run(30_000, () => {
      if (simulation.now % 10 !== 0) return;
      const { limiter } = simulation.nodes[(simulation.now / 10) % 3] as Node;
      if (!limiter.take("bucket", THOUSAND).allowed) refused += 1;
    });
    expect(refused).toBe(0);
    expect(simulation.store.leases).toBeLessThan(30 * 3 * 4);
  });

  it("hold however requests come: never more than the burst, the rate, and what may pass unasked", async () => {
    const policy = fc.record({
      limit: fc.integer({ min: 1, max: 2_000 }),
      windowSeconds: fc.constantFrom(1, 10, 60),
      burst: fc.integer({ min: 1, max: 200 }),
    });
    const stretch = fc.record({ ms: fc.integer({ min: 1, max: 400 }), at: fc.integer({ min: 0, max: 3 }), each: fc.integer({ min: 0, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(policy, fc.array(stretch, { minLength: 1, maxLength: 12 }), async (limit, stretches) => {
        const simulation = new Simulation();
        for (const offset of [0, 13, 29]) simulation.add({ offsetMs: offset });
        await simulation.run(1_100, () => undefined);
        const from = simulation.now;
        let passed = 0;
        let late = 0;
        for (const { ms, at, each } of stretches) {
          await simulation.run(ms, () => {
            const asked = at === 3 ? simulation.nodes : simulation.nodes.slice(at, at + 1);
            for (const { limiter } of asked) {
              for (let index = 0; index < each; index += 1) {
                const verdict = limiter.take("bucket", limit);
                if (verdict.allowed) passed += 1;
                else if (!(verdict.retryAfterSeconds >= 1 && Number.isInteger(verdict.retryAfterSeconds))) late += 1;
              }
            }
          });
        }
        const perMs = limit.limit / (limit.windowSeconds * 1_000);
        // Each node may let its share of the burst pass before it is told that there is none.
        const unasked = 3 * Math.max(1, limit.burst / 3);
        expect(passed).toBeLessThanOrEqual(limit.burst + perMs * (simulation.now - from) + unasked + 3);
        expect(late).toBe(0);
      }),
      { numRuns: 120 },
    );
  });

  it("stay while a node joins and another dies", async () => {
    const simulation = new Simulation();
    for (const offset of [0, 17, 31]) simulation.add({ offsetMs: offset });
    await simulation.run(1_000, () => undefined);
    let passed = 0;
    const load = (): void => {
      for (const { limiter, timers } of simulation.nodes) if (timers.length > 0 && limiter.take("bucket", THOUSAND).allowed) passed += 1;
    };
    await simulation.run(5_000, load);
    simulation.add({ offsetMs: 7 });
    await simulation.run(5_000, load);
    simulation.nodes[0]?.timers.splice(0);
    await simulation.run(10_000, load);
    expect(passed / 20_000).toBeGreaterThan(0.97);
    expect(passed / 20_000).toBeLessThan(1.03);
  });

  it.each(["away", "frozen"] as const)("fall back to each node's share while the store is %s, and come back by themselves", async (how) => {
    const simulation = new Simulation();
    for (const offset of [0, 17, 31]) simulation.add({ offsetMs: offset });
    let passed = 0;
    const load = (): void => {
      for (const { limiter } of simulation.nodes) if (limiter.take("bucket", THOUSAND).allowed) passed += 1;
    };
    await simulation.run(2_000, load);
    passed = 0;
    simulation.store[how] = true;
    await simulation.run(5_000, load);
    // A burst more: what each node's bucket holds when it begins to count alone.
    expect(passed / 5_000).toBeGreaterThan(0.97);
    expect(passed / 5_000).toBeLessThan(1.06);
    expect(simulation.nodes.map(({ limiter }) => limiter.shared)).toEqual([false, false, false]);
    simulation.store[how] = false;
    await simulation.run(1_500, load);
    expect(simulation.nodes.map(({ limiter }) => limiter.shared)).toEqual([true, true, true]);
    passed = 0;
    await simulation.run(10_000, load);
    expect(passed / 10_000).toBeGreaterThan(0.97);
    expect(passed / 10_000).toBeLessThan(1.03);
  });

  it("hold for a bucket that was used up, came to rest, and is asked for again", async () => {
    const simulation = new Simulation();
    const { limiter } = simulation.add();
    const slow = { limit: 2, windowSeconds: 10, burst: 2 };
    await simulation.run(1_000, () => undefined);
    const verdicts: boolean[] = [];
    for (let index = 0; index < 4; index += 1) {
      verdicts.push(limiter.take("bucket", slow).allowed);
      await simulation.run(100, () => undefined);
    }
    expect(verdicts).toEqual([true, true, false, false]);
    await simulation.run(5_000, () => undefined);
    expect(limiter.take("bucket", slow).allowed).toBe(true);
    await simulation.run(100, () => undefined);
    expect(limiter.take("bucket", slow).allowed).toBe(false);
  });

  it("keep a bounded number of buckets under a flood of keys, and whoever is over its limit stays so meanwhile", async () => {
    const simulation = new Simulation();
    const { limiter } = simulation.add({ maxBuckets: 1_000 });
    const hourly = { limit: 5, windowSeconds: 3_600, burst: 5 };
    let passed = 0;
    let keys = 0;
    await simulation.run(5_000, () => {
      if (simulation.now % 100 === 0 && limiter.take("offender", hourly).allowed) passed += 1;
      for (let index = 0; index < 20; index += 1) limiter.take(`key-${keys++}`, hourly);
      expect(limiter.size()).toBeLessThanOrEqual(1_000);
    });
    expect(keys).toBe(100_000);
    expect([4, 5]).toContain(passed);
  });
});
