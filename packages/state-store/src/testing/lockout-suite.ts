import { expect, it } from "vitest";
import { lockoutIdOf } from "../lockouts/lockout-id.js";
import type { LockoutChange, LockoutCursor, LockoutFilter } from "../lockouts/lockout-store.js";
import type { StateStore } from "../sessions.js";

const LAST = { by: "node-1", reason: "invalid_token" };
const RULE = { failures: 3, windowMs: 60_000, lockoutMs: 60_000 };
/** One that nobody else has counted. */
const freshAddress = (): string => `198.51.100.${Math.floor(Math.random() * 1e9)}`;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function readAll(store: StateStore, after: LockoutCursor | null): Promise<{ changes: LockoutChange[]; cursor: LockoutCursor }> {
  const changes: LockoutChange[] = [];
  for (let cursor = after; ; ) {
    const step = await store.lockouts.changes(cursor);
    changes.push(...step.changes);
    cursor = step.cursor;
    if (!step.more) return { changes, cursor };
  }
}

/** Failures and lockouts, as every store must keep them. Two clients stand for two nodes. */
export function lockoutSuite(clients: () => readonly [StateStore, StateStore]): void {
  it("of failures at two nodes at once, exactly one locks out, and none counts after it", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: null };
    const counted = await Promise.all(Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? one : two).lockouts.fail(key, RULE, LAST)));
    expect(counted.filter(({ opened }) => opened)).toHaveLength(1);
    expect(counted.filter(({ lockedForMs }) => lockedForMs === 0)).toHaveLength(2);
    for (const { failures, lockedForMs, opened } of counted) {
      expect(lockedForMs).toBeLessThanOrEqual(60_000);
      if (lockedForMs > 0) expect([opened, failures]).toEqual(opened ? [true, 3] : [false, 0]);
    }
  });

  it("failures of one address count for its tenant alone, and of one tenant for the address alone", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: null };
    await one.lockouts.fail(key, RULE, LAST);
    await two.lockouts.fail(key, RULE, LAST);
    expect(await one.lockouts.fail({ ...key, tenant: "globex" }, RULE, LAST)).toMatchObject({ failures: 1 });
    expect(await one.lockouts.fail({ ...key, address: freshAddress() }, RULE, LAST)).toMatchObject({ failures: 1 });
    expect(await two.lockouts.fail(key, RULE, LAST)).toMatchObject({ failures: 3, opened: true });
  });

  it("failures of one username at an address count apart from those of others there, whatever it is made of", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: "ada { } = % - 名 -" };
    const { cursor } = await readAll(two, null);
    expect(await one.lockouts.fail(key, RULE, { ...LAST, times: 2 })).toMatchObject({ failures: 2 });
    for (const username of [null, "ada", "-"]) expect(await two.lockouts.fail({ ...key, username }, RULE, LAST)).toMatchObject({ failures: 1 });
    expect(await two.lockouts.fail(key, RULE, LAST)).toMatchObject({ opened: true });
    expect((await readAll(one, cursor)).changes).toMatchObject([key]);
    expect((await one.lockouts.list("acme", 1)).lockouts).toMatchObject([key]);
  });

  it("knows at every node from where somebody has signed in, and of nobody else", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: "ada" };
    expect(await two.lockouts.hasSucceeded(key)).toBe(false);
    await one.lockouts.succeed(key);
    await one.lockouts.succeed(key);
    expect(await two.lockouts.hasSucceeded(key)).toBe(true);
    for (const other of [{ tenant: "globex" }, { address: freshAddress() }, { username: "bob" }])
      expect(await two.lockouts.hasSucceeded({ ...key, ...other })).toBe(false);
  });

  it("the window slides: what failed before it counts no more, also over an edge", async () => {
    const [one] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: null };
    const rule = { ...RULE, windowMs: 1_800 };
    expect(await one.lockouts.fail(key, rule, LAST)).toMatchObject({ failures: 1 });
    await wait(1_200);
    expect(await one.lockouts.fail(key, rule, LAST)).toMatchObject({ failures: 2 });
    await wait(1_200);
    expect(await one.lockouts.fail(key, rule, LAST)).toMatchObject({ failures: 2, opened: false });
    expect(await one.lockouts.fail(key, rule, LAST)).toMatchObject({ failures: 3, opened: true });
  });

  it("a lockout ends by itself, and counting begins anew", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: null };
    const rule = { ...RULE, lockoutMs: 300 };
    expect(await one.lockouts.fail(key, rule, { ...LAST, times: 3 })).toMatchObject({ opened: true, lockedForMs: 300 });
    await wait(350);
    expect(await two.lockouts.fail(key, rule, LAST)).toMatchObject({ failures: 1, opened: false, lockedForMs: 0 });
    expect((await one.lockouts.list("acme", 500)).lockouts.map(({ address }) => address)).not.toContain(key.address);
  });

  it("the other node reads of a lockout, and of its end before its time, once each", async () => {
    const [one, two] = clients();
    const key = { tenant: "acme", address: freshAddress(), username: null };
    const { cursor: before } = await readAll(two, null);
    await one.lockouts.fail(key, RULE, { ...LAST, times: 3 });
    const begun = await readAll(two, before);
    expect(begun.changes).toMatchObject([{ ...key, openedBy: "node-1" }]);
    expect(begun.changes[0]?.lockedForMs).toBeGreaterThan(50_000);
    const id = begun.changes[0]?.id ?? "";
    expect(await two.lockouts.unlock("globex", id)).toBeNull();
    expect(await one.lockouts.unlock("acme", id)).toMatchObject({ ...key, id, failures: 3, reason: "invalid_token" });
    expect(await two.lockouts.unlock("acme", id)).toBeNull();
    const ended = await readAll(two, begun.cursor);
    expect(ended.changes).toMatchObject([{ ...key, lockedForMs: 0, openedBy: null }]);
    expect((await readAll(two, ended.cursor)).changes).toEqual([]);
    expect(await two.lockouts.fail(key, RULE, LAST)).toMatchObject({ failures: 1 });
  });

  it("lockouts of all tenants are found by tenant, by whom they keep out, and by a part of address or username, the newest first", async () => {
    const [one, two] = clients();
    // Told from what other tests leave, and begun one after the other.
    const mark = `mark${Math.floor(Math.random() * 1e9)}`;
    const lockOut = async (tenant: string, address: string, username: string | null) => {
      const { opened } = await one.lockouts.fail({ tenant, address, username }, RULE, { ...LAST, times: 3 });
      expect(opened).toBe(true);
      await wait(5);
    };
    await lockOut("acme", `${mark}.1`, null);
    await lockOut("globex", `${mark}.2`, null);
    await lockOut("acme", `${mark}.1`, "ada");
    await lockOut("globex", "*", `Grace ${mark} %_`);
    const ended = { tenant: "acme", address: `${mark}.9`, username: null };
    await lockOut(ended.tenant, ended.address, null);
    await one.lockouts.unlock("acme", lockoutIdOf(ended));
    const any = { tenant: null, kind: null, text: mark };
    const found = async (filter: Partial<LockoutFilter>, limit = 500) => {
      const { lockouts, total } = await two.lockouts.find({ ...any, ...filter }, limit);
      return [total, ...lockouts.map(({ tenant, address, username }) => [tenant, address.replace(mark, ""), username?.replace(mark, "") ?? null])];
    };
    const [a, b, c, d] = [
      ["acme", ".1", null],
      ["globex", ".2", null],
      ["acme", ".1", "ada"],
      ["globex", "*", "Grace  %_"],
    ];
    expect(await found({})).toEqual([4, d, c, b, a]);
    expect(await found({}, 2)).toEqual([4, d, c]);
    expect(await found({ tenant: "globex" })).toEqual([2, d, b]);
    expect(await found({ kind: "address" })).toEqual([2, b, a]);
    expect(await found({ kind: "address_username" })).toEqual([1, c]);
    expect(await found({ kind: "username", tenant: "acme" })).toEqual([0]);
    expect(await found({ text: `grace ${mark} %` })).toEqual([1, d]);
    expect(await found({ text: `${mark}.1` })).toEqual([2, c, a]);
    expect(await found({ text: `${mark}%` })).toEqual([0]);
  });

  it("more changes than one answer holds are all read, and a cursor of another epoch begins anew", async () => {
    const [one, two] = clients();
    const { cursor } = await readAll(two, null);
    const addresses = Array.from({ length: 1_050 }, (_, at) => `2001:db8:${at.toString(16)}::/64`);
    for (let at = 0; at < addresses.length; at += 25)
      await Promise.all(
        addresses.slice(at, at + 25).map((address) => one.lockouts.fail({ tenant: "flood", address, username: null }, RULE, { ...LAST, times: 3 })),
      );
    const { changes } = await readAll(two, cursor);
    expect(changes.map(({ address }) => address).sort()).toEqual([...addresses].sort());
    const anew = await readAll(two, { epoch: "another", sequence: cursor.sequence });
    expect(anew.changes.length).toBeGreaterThanOrEqual(1_050);
    const { lockouts, total } = await two.lockouts.list("flood", 100);
    expect([lockouts.length, total]).toEqual([100, 1_050]);
    // More than one step of a look at all of them.
    const found = await one.lockouts.find({ tenant: "flood", kind: "address", text: "2001:db8:" }, 500);
    expect([found.lockouts.length, found.total, new Set(found.lockouts.map(({ id }) => id)).size]).toEqual([500, 1_050, 500]);
    expect(found.lockouts.map(({ sinceMs }) => sinceMs)).toEqual(found.lockouts.map(({ sinceMs }) => sinceMs).sort((a, b) => b - a));
    const times = lockouts.map(({ sinceMs }) => sinceMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    for (const { sinceMs, untilMs, failures } of lockouts) expect([untilMs - sinceMs, failures]).toEqual([60_000, 3]);
  }, 30_000);
}
