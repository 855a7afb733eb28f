import { authenticate, type CompiledSnapshot, type Ports, REFUSALS } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { defaults } from "../testing/acme-and-globex.fixture.js";
import { factsOf, freshConnection, portsWith } from "../testing/fleet.fixture.js";
import type { HostileCase } from "../testing/hostile-case.js";
import { isSigned } from "../testing/mint.fixture.js";
import { HOSTILE_TABLES } from "./tables.js";

/** SECURITY §1.10: what a refusal may look like. */
const ANSWERS = new Set([400, 401, 403, 404, 405, 413, 414, 429, 431, 503]);

async function expectAnswer(compiled: CompiledSnapshot, hostile: HostileCase, ports: Ports): Promise<void> {
  const decision = await authenticate(compiled, factsOf(hostile), ports);
  const answer = decision.outcome === "deny" ? decision.code : "allow";
  expect(answer, decision.outcome === "deny" ? decision.detail : "allowed").toBe(hostile.expect);
  expect(decision.findings.map(({ kind }) => kind)).toEqual(hostile.findings ?? []);
  if (decision.outcome === "deny") {
    expect(decision.code).not.toBe("internal_fault");
    const { status } = REFUSALS[decision.code];
    expect(ANSWERS).toContain(status);
    expect(status).toBe(hostile.status ?? status);
    return;
  }
  for (const text of decision.upstreamHeaders) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
  hostile.upstream?.(decision);
}

/**
 * Each case is decided with empty memories, again with all memories warm (same connection), and with a warm cache on a new connection: the
 * answer, findings included, must be the same each time, and never a fault.
 */
describe.each(HOSTILE_TABLES.map((table) => [table.clause, table.title, table] as const))("SECURITY §1.%i: %s", (_clause, _title, { cases }) => {
  test.each(cases.map((each) => [each.name, each.expect, each] as const))("%s → %s", async (_name, _expected, hostile) => {
    const ports = portsWith(hostile.keys ?? defaults.keys);
    const compiled = hostile.compiled ?? defaults.compiled;
    const connection = freshConnection();
    for (const memo of [connection, connection, freshConnection(), null]) await expectAnswer(compiled, { ...hostile, connection: memo }, ports);
  });
});

describe("the tables", () => {
  const tokenOf = ({ authorization }: HostileCase): string | null => /^bearer +([^ ,]+\.[^ ,]+)/i.exec(authorization ?? "")?.[1] ?? null;

  test("are one for each numbered clause, with at least ten cases each, no name twice", () => {
    expect(HOSTILE_TABLES.map(({ clause }) => clause)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { title, cases } of HOSTILE_TABLES) {
      expect(cases.length, title).toBeGreaterThanOrEqual(10);
      expect(new Set(cases.map(({ name }) => name)).size, title).toBe(cases.length);
      expect(cases.filter((each) => each.expect !== "allow" || each.findings !== undefined || each.upstream !== undefined).length).toBeGreaterThan(5);
    }
  });

  test("refuse for more than bad signatures: at least a third of the tokens to refuse are signed by a real key", () => {
    // A token that stands in a table about other things, such as targets, is no token case.
    const about = HOSTILE_TABLES.filter(({ clause }) => clause <= 5).flatMap(({ cases }) => cases);
    const tokens = about.filter((each) => each.expect !== "allow").flatMap((each) => tokenOf(each) ?? []);
    const signed = tokens.filter(isSigned);
    expect(tokens.length).toBeGreaterThan(100);
    expect(signed.length / tokens.length).toBeGreaterThanOrEqual(1 / 3);
  });
});
