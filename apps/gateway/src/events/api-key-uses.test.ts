import { describe, expect, it } from "vitest";
import { createApiKeyUses, type UsedKey } from "./api-key-uses.js";

const keyOf = (name: string, isPrevious = false): UsedKey => ({ tenant: "acme", name, isPrevious });

function start() {
  let now = 1_790_000_000_000;
  const uses = createApiKeyUses({ now: () => now });
  return { uses, advance: (ms: number) => (now += ms), take: (most = 100, everything = false) => uses.take(now, most, everything), now: () => now };
}

describe("the uses of API keys", () => {
  it("are told of at once, and then once a minute with the latest, however many there are", () => {
    const { uses, advance, take, now } = start();
    const key = keyOf("ci-runner");
    uses.note(key);
    expect(uses.isDue(now())).toBe(true);
    expect(take()).toEqual([{ tenant: "acme", name: "ci-runner", previous: false, lastUsedAt: new Date(now()).toISOString() }]);
    for (let request = 0; request < 1_000; request += 1) {
      advance(59);
      uses.note(key);
    }
    expect([uses.isDue(now()), take()]).toEqual([false, []]);
    const last = now();
    advance(2_000);
    expect(take()).toMatchObject([{ lastUsedAt: new Date(last).toISOString() }]);
    advance(600_000);
    expect([uses.isDue(now()), take()]).toEqual([false, []]);
    uses.note(key);
    expect(take()).toHaveLength(1);
  });

  it("tell a replaced key from the one that replaces it", () => {
    const { uses, take } = start();
    uses.note(keyOf("ci-runner"));
    uses.note(keyOf("ci-runner", true));
    expect(take().map(({ previous }) => previous)).toEqual([false, true]);
  });

  it("of more keys than a batch holds go with the next, and the last batch takes all that is untold", () => {
    const { uses, take, advance } = start();
    const keys = Array.from({ length: 5 }, (_, number) => keyOf(`k-${number}`));
    for (const key of keys) uses.note(key);
    expect([take(3).length, take(3).length, take(3).length]).toEqual([3, 2, 0]);
    advance(1_000);
    for (const key of keys) uses.note(key);
    expect([take().length, take(100, true).length]).toEqual([0, 5]);
  });
});
