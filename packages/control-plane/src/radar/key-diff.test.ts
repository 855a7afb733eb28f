import type { ObservedKey } from "@sallyport/idp-client";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffKeys, type KnownKey } from "./key-diff.js";

const observed = (kid: string, thumbprint: string): ObservedKey => ({
  ...{ kid, thumbprint, kty: "EC", alg: null, use: "sig", crv: "P-256", bits: 256, algorithms: ["ES256"], problem: null },
});
const known = (kid: string, thumbprint: string, vanishedAt: number | null = null): KnownKey => {
  const { algorithms: _, ...key } = observed(kid, thumbprint);
  return { ...key, firstSeenAt: 1, lastSeenAt: vanishedAt === null ? null : 1, vanishedAt };
};
const idOf = ({ kid, thumbprint }: { kid: string; thumbprint: string }) => `${kid}/${thumbprint}`;

/** Few names and few keys, so that they meet. */
const pair = fc.tuple(fc.constantFrom("", "a", "b", "c"), fc.constantFrom("T1", "T2", "T3"));
const pairs = fc.uniqueArray(pair, { selector: ([kid, thumbprint]) => `${kid}/${thumbprint}`, maxLength: 12 });

/** What a store would hold after the look. */
function stored(before: readonly KnownKey[], seen: readonly ObservedKey[], at: number): KnownKey[] {
  const { appeared, returned, kept, vanished, absent } = diffKeys(before, seen);
  return [
    ...appeared.map(({ kid, thumbprint }) => known(kid, thumbprint)),
    ...[...returned, ...kept].map((key) => ({ ...key, vanishedAt: null, lastSeenAt: null })),
    ...vanished.map((key) => ({ ...key, vanishedAt: at })),
    ...absent,
  ];
}

describe("the difference of two key sets", () => {
  it("has every known and every seen key in exactly one place, and what is published afterwards is what was seen", () => {
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1, maxLength: 8 }), (looks) => {
        let store: KnownKey[] = [];
        const ever = new Set<string>();
        for (const [index, look] of looks.entries()) {
          const seen = look.map(([kid, thumbprint]) => observed(kid, thumbprint));
          const diff = diffKeys(store, seen);
          const places = [...diff.appeared, ...diff.returned, ...diff.kept, ...diff.vanished, ...diff.absent].map(idOf);
          expect(new Set(places).size).toBe(places.length);
          expect(new Set(places)).toEqual(new Set([...store, ...seen].map(idOf)));
          for (const key of diff.appeared) expect(ever.has(idOf(key))).toBe(false);
          store = stored(store, seen, index + 10);
          for (const key of seen) ever.add(idOf(key));
          expect(new Set(store.filter(({ vanishedAt }) => vanishedAt === null).map(idOf))).toEqual(new Set(seen.map(idOf)));
          expect(new Set(store.map(idOf))).toEqual(ever);
        }
      }),
    );
  });

  it("is empty for the set that was seen last", () => {
    fc.assert(
      fc.property(pairs, (look) => {
        const seen = look.map(([kid, thumbprint]) => observed(kid, thumbprint));
        const { appeared, returned, vanished, replaced } = diffKeys(stored([], seen, 1), seen);
        expect([appeared, returned, vanished, replaced]).toEqual([[], [], [], []]);
      }),
    );
  });

  it.each([
    { what: "another key under the old name", before: [known("a", "T1")], seen: [observed("a", "T2")], replaced: ["a"] },
    {
      what: "a key from before, under its name again, in place of the present one",
      before: [known("a", "T1"), known("a", "T2", 5)],
      seen: [observed("a", "T2")],
      replaced: ["a"],
    },
    { what: "a second key under a name whose key stays", before: [known("a", "T1")], seen: [observed("a", "T1"), observed("a", "T2")], replaced: [] },
    { what: "a rotation with a new name", before: [known("a", "T1")], seen: [observed("b", "T2")], replaced: [] },
    { what: "the same key under a new name", before: [known("a", "T1")], seen: [observed("b", "T1")], replaced: [] },
    { what: "keys without names", before: [known("", "T1")], seen: [observed("", "T2")], replaced: [] },
  ])("of $what names as replaced: $replaced", ({ before, seen, replaced }) => {
    expect(diffKeys(before, seen).replaced).toEqual(replaced);
  });
});
