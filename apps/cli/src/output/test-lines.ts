import type { TestOutcome } from "../rest/views.js";
import { coloured } from "./colour.js";

const MARKS = { pass: "passed", fail: "failed", skipped: "skipped" } as const;
const markOf = (result: string): string => MARKS[result as keyof typeof MARKS] ?? result;

/** A test in one line; of one that failed, what was expected and got, and the way to the step that decided it. */
export function testLines(outcome: TestOutcome, colour: boolean): string[] {
  const { path, at, passed, description, expected, got, differences, decidedAt, steps, nearMisses } = outcome;
  const where = at === null ? path : `${path} at ${at}`;
  if (passed) return [`${coloured("pass", "added", colour)}  ${where}`];
  const way = decidedAt === null ? [] : steps.slice(0, steps.findIndex(({ step }) => step === decidedAt) + 1);
  return [
    `${coloured("FAIL", "removed", colour)}  ${where}`,
    ...(description === null ? [] : [`    ${description}`]),
    `    expected  ${expected}`,
    `    got       ${got}`,
    ...differences.filter((difference) => difference !== got).map((difference) => `    ${difference}`),
    ...way.map(({ step, result, detail }) => `    ${step.padEnd(12)}  ${markOf(result)}${detail === "" ? "" : `: ${detail}`}`),
    ...nearMisses.map(({ sentence }) => `    ${sentence}`),
  ];
}
