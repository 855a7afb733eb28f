import { expect, it } from "vitest";
import { shareWords } from "./limit-words.js";

it("says a share of a limit as percent, also beyond all of it", () => {
  expect([0, 0.0042, 0.38, 0.9999, 1, 2.4].map(shareWords)).toEqual(["0 %", "0.42 %", "38.0 %", "100 %", "100 %", "240 %"]);
});
