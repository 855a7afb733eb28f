import type { CompiledLimit } from "@sallyport/pipeline";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPressedKeys, MAX_KEYS, MAX_POLICIES, TOLD_KEYS } from "./pressed-keys.js";

const limitOf = (scope: string) => ({ bucketPrefix: scope }) as CompiledLimit;
const pressed = (scope: string, address: string, exceeded = true) => ({
  ...{ limit: limitOf(scope), bucket: `${scope}|ip=${address}`, exceeded },
  keyOf: () => ({ address }),
});

describe("who presses on limits", () => {
  it("is told of by policy, whoever has other numbers, the fleet's and the tenants' own apart", () => {
    const keys = createPressedKeys();
    keys.note(pressed("fleet/login", "192.0.2.1"));
    keys.note(pressed("fleet/login|for=acme|tenant=acme", "192.0.2.2", false));
    keys.note(pressed("tenants/acme/login", "192.0.2.1"));
    keys.note(pressed("tenants/acme/login", "192.0.2.1", false));
    expect(keys.take()).toEqual([
      { tenant: null, policy: "login", key: { address: "192.0.2.1" }, over: 1, near: 0, unseen: 0 },
      { tenant: null, policy: "login", key: { address: "192.0.2.2" }, over: 0, near: 1, unseen: 0 },
      { tenant: "acme", policy: "login", key: { address: "192.0.2.1" }, over: 1, near: 1, unseen: 0 },
    ]);
    expect(keys.take()).toEqual([]);
  });

  it("is bounded: a flood of keys and policies makes no report longer, and hides nobody who is in more than one of 64 requests", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat(5) }, { weight: 5, arbitrary: fc.nat(100_000) }), { minLength: 1, maxLength: 3_000 }),
        (sent) => {
          const keys = createPressedKeys();
          const truth = new Map<string, number>();
          for (const each of sent) {
            const address = `k${each}`;
            truth.set(address, (truth.get(address) ?? 0) + 1);
            keys.note(pressed("fleet/login", address, each % 2 === 0));
          }
          const told = keys.take();
          expect(told.length).toBeLessThanOrEqual(TOLD_KEYS);
          for (const { key, over, near, unseen } of told) {
            const count = truth.get(key.address ?? "") ?? 0;
            expect(over + near).toBeLessThanOrEqual(count);
            expect(over + near + unseen).toBeGreaterThanOrEqual(count);
          }
          const heavy = [...truth].filter(([, count]) => count > sent.length / TOLD_KEYS).map(([address]) => address);
          expect(told.map(({ key }) => key.address)).toEqual(expect.arrayContaining(heavy));
        },
      ),
      { numRuns: 60 },
    );
    const keys = createPressedKeys();
    for (let policy = 0; policy < MAX_POLICIES * 2; policy += 1)
      for (let key = 0; key < MAX_KEYS * 2; key += 1) keys.note(pressed(`fleet/p${policy}`, `${key}`));
    expect(keys.take()).toHaveLength(MAX_POLICIES * TOLD_KEYS);
  });
});
