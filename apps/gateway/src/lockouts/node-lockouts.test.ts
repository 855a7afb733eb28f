import type { FailedAuthentication, SecurityFinding } from "@sallyport/pipeline";
import { createFailureWindows, type LockoutChange, type LockoutRule, type LockoutStore, StateStoreUnavailable } from "@sallyport/state-store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createProblems } from "../problems.js";
import { eventually } from "../testing/gateway.js";
import { createNodeLockouts, type NodeLockouts } from "./node-lockouts.js";

const RULE: LockoutRule = { failures: 5, windowMs: 300_000, lockoutMs: 300_000 };
const ADDRESSES = 200;

/** A store that takes its time over each failure, and counts how many it is told of at once. */
function slowStore(takesMs: () => number) {
  const windows = createFailureWindows({ clock: { now: () => performance.now() } });
  const locked = new Set<string>();
  const changed: LockoutChange[] = [];
  const state = { away: false, mute: false, atOnce: 0, most: 0, told: 0 };
  const never = () => Promise.reject(new StateStoreUnavailable("not asked here"));
  const fail: LockoutStore["fail"] = async (key, rule, { by }) => {
    const { address } = key;
    state.atOnce += 1;
    state.told += 1;
    state.most = Math.max(state.most, state.atOnce);
    await new Promise((resolve) => setTimeout(resolve, takesMs()));
    state.atOnce -= 1;
    if (state.away) throw new StateStoreUnavailable("away");
    if (locked.has(address)) return { failures: 0, lockedForMs: rule.lockoutMs, opened: false };
    if (!windows.fail(address, rule)) return { failures: 1, lockedForMs: 0, opened: false };
    locked.add(address);
    changed.push({ ...key, id: address, lockedForMs: rule.lockoutMs, openedBy: by });
    if (state.mute) throw new StateStoreUnavailable("the answer does not come");
    return { failures: rule.failures, lockedForMs: rule.lockoutMs, opened: true };
  };
  const changes: LockoutStore["changes"] = async (after) => ({
    changes: changed.slice(after?.sequence ?? 0),
    cursor: { epoch: "one", sequence: changed.length },
    more: false,
  });
  const store: LockoutStore = { fail, changes, list: never, find: never, succeed: never, hasSucceeded: never, unlock: never };
  return { store, state };
}

const failureOf = (at: number): FailedAuthentication => ({
  tenant: "acme",
  address: `203.0.113.${at}`,
  username: null,
  rule: RULE,
  refuses: true,
  reason: "invalid_token",
});

let nodes: NodeLockouts[] = [];
let told: SecurityFinding[] = [];
beforeEach(() => {
  told = [];
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
});

function start(store: LockoutStore, count: number): void {
  nodes = Array.from({ length: count }, () => createNodeLockouts({ store, clock: { now: () => performance.now() }, problems: createProblems() }));
}
const tell = (finding: SecurityFinding): void => void told.push(finding);
const failAll = (attempts: number): void => {
  for (let attempt = 0; attempt < attempts; attempt += 1)
    for (let at = 0; at < ADDRESSES; at += 1) nodes[(attempt + at) % nodes.length]?.failed(failureOf(at), tell);
};

it("tells of each lockout once, however slow the store and however many fail at once, and leaves its connections to others", async () => {
  const { store, state } = slowStore(() => Math.random() * 4);
  start(store, 2);
  failAll(8);
  await eventually("the store was told of all", () => state.told > 0 && state.atOnce === 0);
  await eventually("each is told of", () => told.length >= ADDRESSES);
  expect(told).toHaveLength(ADDRESSES);
  expect(new Set(told.map(({ detail }) => detail)).size).toBe(ADDRESSES);
  expect(state.most).toBeLessThanOrEqual(16);
});

it("tells of each lockout once when the store counts and its answer does not come", async () => {
  const { store, state } = slowStore(() => Math.random() * 4);
  state.mute = true;
  start(store, 2);
  // Few at once, so that nobody waits; and at neither node enough to lock out by its own count.
  for (let from = 0; from < ADDRESSES; from += 8) {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      for (let at = from; at < from + 8; at += 1) nodes[attempt % 2]?.failed(failureOf(at), tell);
      await eventually("the store was told", () => state.atOnce === 0);
    }
  }
  await eventually("each is told of", () => told.length >= ADDRESSES);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(told).toHaveLength(ADDRESSES);
  expect(new Set(told.map(({ detail }) => detail)).size).toBe(ADDRESSES);
});

it("tells at its end of what began in the last moment", async () => {
  const { store, state } = slowStore(() => 0);
  start(store, 1);
  failAll(5);
  await eventually("the store was told of all", () => state.told > 0 && state.atOnce === 0);
  await nodes[0]?.close();
  expect(told).toHaveLength(ADDRESSES);
});

it("waits for no store that is away: what this node counted holds, and is told of at once", async () => {
  const { store, state } = slowStore(() => 50);
  state.away = true;
  start(store, 1);
  failAll(5);
  for (let at = 0; at < ADDRESSES; at += 1) expect(nodes[0]?.remainingMs("acme", `203.0.113.${at}`, null)).toBeGreaterThan(0);
  await eventually("each is told of", () => told.length === ADDRESSES, 1_000);
  expect(state.told).toBeLessThan(100);
});
