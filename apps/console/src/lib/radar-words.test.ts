import { expect, test } from "vitest";
import { spanOf, stripFrom } from "./radar-words";

const DAY = 86_400_000;
const NOW = 400 * DAY;

test("the strip begins a little before the oldest key, shows a week at least and ninety days at most", () => {
  expect(stripFrom([NOW - DAY], NOW)).toBe(NOW - 7 * DAY);
  expect(stripFrom([], NOW)).toBe(NOW - 7 * DAY);
  expect(stripFrom([NOW - DAY, NOW - 50 * DAY], NOW)).toBe(NOW - 52 * DAY);
  expect(stripFrom([NOW - 300 * DAY], NOW)).toBe(NOW - 90 * DAY);
});

test("a key lies where it was published, never off the strip, and never too thin to be seen", () => {
  const from = NOW - 100 * DAY;
  expect(spanOf({ firstSeen: NOW - 50 * DAY, until: null }, from, NOW)).toEqual({ left: 50, width: 50 });
  expect(spanOf({ firstSeen: NOW - 200 * DAY, until: NOW - 75 * DAY }, from, NOW)).toEqual({ left: 0, width: 25 });
  for (const span of [
    spanOf({ firstSeen: NOW, until: null }, from, NOW),
    spanOf({ firstSeen: NOW - 300 * DAY, until: NOW - 200 * DAY }, from, NOW),
  ]) {
    expect(span.width).toBeGreaterThan(1);
    expect(span.left).toBeGreaterThanOrEqual(0);
    expect(span.left + span.width).toBeLessThanOrEqual(100);
  }
});
