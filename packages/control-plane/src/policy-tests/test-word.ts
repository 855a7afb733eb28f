import type { TestOutcome } from "./run-tests.js";

const ownerOf = ({ tenant }: Pick<TestOutcome, "tenant">): string => tenant ?? "fleet";

/**
 * To be typed by whoever publishes although these tests fail: `acme/reads` for one, `2 failing tests of acme` for several of one tenant,
 * `3 failing tests` beyond. Null when none fails.
 */
export function testWordOf(failed: readonly Pick<TestOutcome, "tenant" | "name">[]): string | null {
  const [first] = failed;
  if (first === undefined) return null;
  if (failed.length === 1) return `${ownerOf(first)}/${first.name}`;
  const owners = new Set(failed.map(ownerOf));
  return owners.size === 1 ? `${failed.length} failing tests of ${ownerOf(first)}` : `${failed.length} failing tests`;
}
