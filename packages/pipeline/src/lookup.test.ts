import fc from "fast-check";
import { expect, it } from "vitest";
import { lookupOf } from "./lookup.js";

it("says of every key what the map says that it was made of", () => {
  const keys = fc.string({ maxLength: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.option(fc.array(fc.integer(), { maxLength: 2 })))), fc.array(keys), (entries, asked) => {
      const map = new Map(entries);
      const lookup = lookupOf(map);
      expect(lookup.size).toBe(map.size);
      expect([...lookup.values()]).toEqual([...map.values()]);
      for (const key of [...map.keys(), ...asked, "__proto__", "constructor"]) {
        expect(lookup.get(key)).toBe(map.get(key));
        expect(lookup.has(key)).toBe(map.has(key));
      }
    }),
  );
});
