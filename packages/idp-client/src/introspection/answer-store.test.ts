import { describe, expect, it } from "vitest";
import { type AnswerStore, createAnswerStore, type KeptAnswer, type Shelf } from "./answer-store.js";

const active = (weight = 500): KeptAnswer => ({
  state: "active",
  token: { claims: {}, askedAtMs: 0, verified: null },
  askedAt: 0,
  freshUntil: 30_000,
  endsAt: Number.POSITIVE_INFINITY,
  weight,
});
const inactive: KeptAnswer = { state: "inactive", askedAt: 0, freshUntil: 30_000 };
const fill = (shelf: Shelf, count: number, answer: KeptAnswer, prefix = "t") => {
  for (let index = 0; index < count; index += 1) shelf.put(`${prefix}${index}`, answer);
};
const held = (shelf: Shelf, count: number, prefix = "t") =>
  Array.from({ length: count }, (_, index) => shelf.get(`${prefix}${index}`)).filter(Boolean);
const within = (store: AnswerStore, bytes: number) => expect(store.bytes).toBeLessThanOrEqual(bytes);

describe("answers in memory", () => {
  it("stay within their bytes, the least recently used go first", () => {
    const store = createAnswerStore({ maxBytes: 100_000 });
    const shelf = store.openShelf();
    fill(shelf, 20, active());
    for (let index = 0; index < 500; index += 1) {
      shelf.put(`n${index}`, active());
      shelf.get("t0");
      within(store, 100_000);
    }
    expect(shelf.get("t0")).toBeDefined();
    expect(shelf.get("t1")).toBeUndefined();
    expect(shelf.get("n499")).toBeDefined();
  });

  it("are not pushed out by any number of made-up tokens", () => {
    const store = createAnswerStore({ maxBytes: 100_000 });
    const shelf = store.openShelf();
    fill(shelf, 30, active());
    fill(shelf, 100_000, inactive, "made-up");
    within(store, 100_000);
    expect(held(shelf, 30)).toHaveLength(30);
  });

  it("of one IdP are not pushed out by those of another, however many or long", () => {
    const store = createAnswerStore({ maxBytes: 200_000 });
    const [quiet, loud] = [store.openShelf(), store.openShelf()];
    fill(quiet, 20, active());
    fill(loud, 1_000, active());
    fill(loud, 1_000, active(20_000), "long");
    within(store, 200_000);
    expect(held(quiet, 20)).toHaveLength(20);
    fill(quiet, 40, active());
    expect(held(quiet, 40)).toHaveLength(40);
    within(store, 200_000);
  });

  it("that are larger than everything are not kept, and take nobody else's place", () => {
    const store = createAnswerStore({ maxBytes: 100_000 });
    const [quiet, loud] = [store.openShelf(), store.openShelf()];
    fill(quiet, 10, active());
    loud.put("huge", active(1_000_000));
    expect(loud.get("huge")).toBeUndefined();
    expect(held(quiet, 10)).toHaveLength(10);
  });

  it("are replaced by what was heard later, and their bytes come back", () => {
    const store = createAnswerStore({ maxBytes: 100_000 });
    const shelf = store.openShelf();
    shelf.put("t", active());
    shelf.put("t", inactive);
    expect(shelf.get("t")).toBe(inactive);
    expect(shelf.size).toBe(1);
    shelf.drop("t");
    expect(store.bytes).toBe(0);
  });

  it("of a closed shelf are gone, and none comes after", () => {
    const store = createAnswerStore({ maxBytes: 100_000 });
    const shelf = store.openShelf();
    fill(shelf, 10, active());
    shelf.close();
    shelf.put("late", active());
    expect(store.bytes).toBe(0);
    expect(shelf.get("late")).toBeUndefined();
    expect(shelf.get("t1")).toBeUndefined();
  });
});
