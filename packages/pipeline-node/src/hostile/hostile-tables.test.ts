import { describe, expect, test } from "vitest";
import { defaults } from "../testing/acme-and-globex.fixture.js";
import { expectAnswers } from "../testing/expect-answer.fixture.js";
import { portsWith } from "../testing/fleet.fixture.js";
import type { HostileCase } from "../testing/hostile-case.js";
import { isSigned } from "../testing/mint.fixture.js";
import { HOSTILE_TABLES } from "./tables.js";

const headingOf = (clause: number | null, title: string): string => (clause === null ? title : `SECURITY §1.${clause}: ${title}`);

describe.each(HOSTILE_TABLES.map((table) => [headingOf(table.clause, table.title), table] as const))("%s", (_heading, { cases }) => {
  test.each(cases.map((each) => [each.name, each.expect, each] as const))("%s → %s", async (_name, _expected, hostile) => {
    await expectAnswers(hostile.compiled ?? defaults.compiled, hostile, portsWith(hostile.keys ?? defaults.keys));
  });
});

describe("the tables", () => {
  const tokenOf = ({ authorization }: HostileCase): string | null => /^bearer +([^ ,]+\.[^ ,]+)/i.exec(authorization ?? "")?.[1] ?? null;

  test("are one for each numbered clause, with at least ten cases each, no name twice", () => {
    expect(HOSTILE_TABLES.flatMap(({ clause }) => clause ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { title, cases } of HOSTILE_TABLES) {
      expect(cases.length, title).toBeGreaterThanOrEqual(10);
      expect(new Set(cases.map(({ name }) => name)).size, title).toBe(cases.length);
      expect(cases.filter((each) => each.expect !== "allow" || each.findings !== undefined || each.upstream !== undefined).length).toBeGreaterThan(5);
    }
  });

  test("refuse for more than bad signatures: at least a third of the tokens to refuse are signed by a real key", () => {
    // A token that stands in a table about other things, such as targets, is no token case.
    const about = HOSTILE_TABLES.filter(({ clause }) => clause !== null && clause <= 5).flatMap(({ cases }) => cases);
    const tokens = about.filter((each) => each.expect !== "allow").flatMap((each) => tokenOf(each) ?? []);
    const signed = tokens.filter(isSigned);
    expect(tokens.length).toBeGreaterThan(100);
    expect(signed.length / tokens.length).toBeGreaterThanOrEqual(1 / 3);
  });
});
